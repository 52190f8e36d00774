BEGIN TRANSACTION;
CREATE TABLE mn_approval (
	id VARCHAR NOT NULL, 
	run_id VARCHAR NOT NULL, 
	path VARCHAR NOT NULL, 
	subject VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	prompt TEXT NOT NULL, 
	requested_at VARCHAR(32) NOT NULL, 
	expires_at VARCHAR(32), 
	decision VARCHAR, 
	decided_by VARCHAR, 
	decided_at VARCHAR(32), 
	PRIMARY KEY (id)
);
INSERT INTO "mn_approval" VALUES('p0xaaaaaaaaaaaaf','xaaaaaaaaaaaaaab','review','approve','decided','Send this?','2030-01-01T00:00:02.000000+00:00',NULL,'reject','ann','2030-01-01T00:00:03.500000+00:00');
CREATE TABLE mn_artifact (
	sha256 VARCHAR NOT NULL, 
	size INTEGER NOT NULL, 
	media_type VARCHAR NOT NULL, 
	created_at VARCHAR(32) NOT NULL, 
	PRIMARY KEY (sha256)
);
CREATE TABLE mn_attempt (
	run_id VARCHAR NOT NULL, 
	path VARCHAR NOT NULL, 
	token VARCHAR NOT NULL, 
	PRIMARY KEY (run_id, path)
)
 WITHOUT ROWID

;
INSERT INTO "mn_attempt" VALUES('xaaaaaaaaaaaaaab','draft#2','p0xaaaaaaaaaaaah');
CREATE TABLE mn_command (
	id VARCHAR NOT NULL, 
	run_id VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	body TEXT NOT NULL, 
	"by" VARCHAR NOT NULL, 
	via VARCHAR NOT NULL, 
	at VARCHAR(32) NOT NULL, 
	taken BOOLEAN NOT NULL, seal BIGINT, 
	PRIMARY KEY (id)
);
INSERT INTO "mn_command" VALUES('xaaaaaaaaaaaaaac','xaaaaaaaaaaaaaab','decide','{"approval_id": "p0xaaaaaaaaaaaaf", "decision": "reject", "edits": {}, "because": "add the date", "value": null}','ann','python','2030-01-01T00:00:03.500000+00:00',1,3074278512);
CREATE TABLE mn_event (
	run_id VARCHAR NOT NULL, 
	seq INTEGER NOT NULL, 
	kind VARCHAR NOT NULL, 
	version INTEGER NOT NULL, 
	at VARCHAR(32) NOT NULL, 
	batch VARCHAR NOT NULL, 
	body TEXT NOT NULL, seal BIGINT, 
	PRIMARY KEY (run_id, seq)
)
 WITHOUT ROWID

;
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',1,'run.created',1,'2030-01-01T00:00:00.000000+00:00','created','{"workflow":"letters","workflow_hash":"59e74c12388041e49830ea8efe5cb50d","origin":"conformance.ipynb","title":"","inputs":{"value":{}},"by":"ann","code":[{"name":"check","hash":"bfe5860dd5aedcde","module":"tests.conformance.world","effect":"idempotent","environment":{"python":"3.11.7"}},{"name":"send","hash":"27f3bfac329f1ab3","module":"tests.conformance.world","effect":"idempotent","environment":{"python":"3.11.7"}},{"name":"write","hash":"f5d642a337688fd9","module":"tests.conformance.world","effect":"idempotent","environment":{"python":"3.11.7"}}],"program":"0.1.0"}',1955089449);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',2,'lease.taken',1,'2030-01-01T00:00:00.000000+00:00','lease-1','{"owner":"process-0","fence":1}',4125813986);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',3,'run.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{}',776628306);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',4,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{"path":"draft","attempt":1,"token":"p0xaaaaaaaaaaaab","input":{"value":{"args":{"feedback":null,"before":null}}},"step_key":"9189e41b080f2c2f73d069492a69a0178ae5bf918d179adbc8abbc9d0f8e407e","code_hash":"f5d642a337688fd9"}',715484245);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',5,'step.succeeded',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaae','{"path":"draft","attempt":1,"output":{"value":"Hi"}}',2093019713);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',6,'step.started',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaae','{"path":"check","attempt":1,"token":"p0xaaaaaaaaaaaad","input":{"value":{"args":{"text":"Hi"}}},"step_key":"de18344ac3d79d280f32dfcb74390788c27ae67c0b1c5f2f4cbb746ae5c3018c","code_hash":"bfe5860dd5aedcde"}',1048512348);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',7,'step.succeeded',1,'2030-01-01T00:00:02.000000+00:00','p0xaaaaaaaaaaaag','{"path":"check","attempt":1,"output":{"value":2}}',1995130139);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',8,'step.started',1,'2030-01-01T00:00:02.000000+00:00','p0xaaaaaaaaaaaag','{"path":"review","attempt":1,"token":"","input":{"value":{"prompt":"Send this?","shown":{"draft":"Hi","check":2}}},"step_key":"fb2aa49a1535651355c2aceb65a391e1d3f13a4acd460e721568d2e60ce7642d"}',2798698529);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',9,'approval.requested',1,'2030-01-01T00:00:02.000000+00:00','p0xaaaaaaaaaaaag','{"approval_id":"p0xaaaaaaaaaaaaf","path":"review","attempt":1,"subject":"approve","prompt":"Send this?","shown":{"value":{"draft":"Hi","check":2}}}',80490532);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',10,'lease.taken',1,'2030-01-01T00:00:04.000000+00:00','lease-2','{"owner":"process-0","fence":2}',777945848);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',11,'approval.decided',1,'2030-01-01T00:00:04.000000+00:00','p0xaaaaaaaaaaaai','{"approval_id":"p0xaaaaaaaaaaaaf","path":"review","decision":"reject","by":"ann","via":"python","decided_at":"2030-01-01T00:00:03.500000Z","because":"add the date","command_id":"xaaaaaaaaaaaaaac"}',3457457775);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',12,'step.redone',1,'2030-01-01T00:00:04.000000+00:00','p0xaaaaaaaaaaaai','{"path":"review","target":"draft","nodes":["draft","check","review"],"feedback":"add the date","output":{"value":{"draft":"Hi","check":2,"approved":false,"by":"ann","because":"add the date"}}}',3717410300);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',13,'step.started',1,'2030-01-01T00:00:04.000000+00:00','p0xaaaaaaaaaaaai','{"path":"draft#2","attempt":1,"token":"p0xaaaaaaaaaaaah","input":{"value":{"args":{"feedback":"add the date","before":"Hi"}}},"step_key":"7b8739d4ec238411237fd1b3884eb46732cbba7e817932aa82f2a1ee0a7853d5","code_hash":"f5d642a337688fd9","iteration":2}',1996046515);
CREATE TABLE mn_migration (
	name VARCHAR NOT NULL, 
	applied_at VARCHAR(32) NOT NULL, 
	breaking BOOLEAN NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "mn_migration" VALUES('0001_first_tables','2030-01-01T00:00:00.000000+00:00',0);
INSERT INTO "mn_migration" VALUES('0002_seals','2030-01-01T00:00:00.000000+00:00',0);
INSERT INTO "mn_migration" VALUES('0003_identity','2030-01-01T00:00:00.000000+00:00',0);
INSERT INTO "mn_migration" VALUES('0004_large_stores','2030-01-01T00:00:00.000000+00:00',0);
CREATE TABLE mn_process (
	id VARCHAR NOT NULL, 
	pid INTEGER NOT NULL, 
	host VARCHAR NOT NULL, 
	program VARCHAR NOT NULL, 
	origin VARCHAR NOT NULL, 
	started_at VARCHAR(32) NOT NULL, 
	beat INTEGER NOT NULL, 
	ended BOOLEAN NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "mn_process" VALUES('process-0',1,'host','','conformance.ipynb','2030-01-01T00:00:00.000000+00:00',3,0);
CREATE TABLE mn_run (
	id VARCHAR NOT NULL, 
	workflow_hash VARCHAR NOT NULL, 
	workflow VARCHAR NOT NULL, 
	origin VARCHAR NOT NULL, 
	title VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	head INTEGER NOT NULL, 
	fence INTEGER NOT NULL, 
	owner VARCHAR, 
	created_at VARCHAR(32) NOT NULL, 
	updated_at VARCHAR(32) NOT NULL, 
	finished_at VARCHAR(32), 
	wake_at VARCHAR(32), 
	cost_usd VARCHAR NOT NULL, 
	cost_known BOOLEAN NOT NULL, 
	steps_done INTEGER NOT NULL, 
	steps_total INTEGER NOT NULL, 
	waiting INTEGER NOT NULL, 
	scripted BOOLEAN NOT NULL, seal BIGINT, 
	PRIMARY KEY (id)
);
INSERT INTO "mn_run" VALUES('xaaaaaaaaaaaaaab','59e74c12388041e49830ea8efe5cb50d','letters','conformance.ipynb','','running',13,2,'process-0','2030-01-01T00:00:00.000000+00:00','2030-01-01T00:00:04.000000+00:00',NULL,NULL,'0',1,0,4,0,0,3026349001);
CREATE TABLE mn_store (
	id VARCHAR NOT NULL, 
	path VARCHAR NOT NULL, 
	inode BIGINT NOT NULL, 
	host VARCHAR NOT NULL, 
	seen_at VARCHAR(32) NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE mn_workflow (
	hash VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	model TEXT NOT NULL, 
	source TEXT NOT NULL, 
	created_at VARCHAR(32) NOT NULL, seal BIGINT, 
	PRIMARY KEY (hash)
);
INSERT INTO "mn_workflow" VALUES('59e74c12388041e49830ea8efe5cb50d','letters','{"name":"letters","group":"letters","about":"","inputs":{},"outputs":{},"model":null,"tools":[],"max_concurrency":8,"calls_per_minute":null,"steps":[{"name":"draft","needs":[],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":3,"kind":"python","function":"write","args":{"feedback":"{{ feedback }}","before":"{{ previous }}"},"effect":"idempotent","isolation":"thread","output":null},{"name":"check","needs":["draft"],"uses":["draft"],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":6,"kind":"python","function":"check","args":{"text":"{{ draft }}"},"effect":"idempotent","isolation":"thread","output":null},{"name":"review","needs":["draft","check"],"uses":["draft","check"],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":7,"kind":"approve","prompt":"Send this?","authorises":null,"show":["draft","check"],"edit":[],"expires":null,"on_reject":{"target":"draft","at_most":3}},{"name":"send","needs":["review"],"uses":["review"],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":11,"kind":"python","function":"send","args":{"text":"{{ review.draft }}"},"effect":"idempotent","isolation":"thread","output":null}],"children":{}}','','2030-01-01T00:00:00.000000+00:00',2678348902);
CREATE INDEX mn_run_by_age ON mn_run (created_at);
CREATE INDEX mn_run_by_origin ON mn_run (origin, status);
CREATE INDEX mn_run_by_owner ON mn_run (owner);
CREATE INDEX mn_approval_by_status ON mn_approval (status, run_id);
CREATE INDEX mn_command_by_taken ON mn_command (taken, run_id);
CREATE INDEX mn_run_by_origin_and_age ON mn_run (origin, created_at DESC, id);
CREATE INDEX mn_run_by_wake ON mn_run (origin, status, wake_at, waiting);
CREATE INDEX mn_approval_by_age ON mn_approval (status, requested_at, id);
COMMIT;
