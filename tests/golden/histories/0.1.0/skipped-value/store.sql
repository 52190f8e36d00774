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
INSERT INTO "mn_command" VALUES('xaaaaaaaaaaaaaac','xaaaaaaaaaaaaaab','skip','{"path": "fetch", "value": {"rate": 1.1}, "has_value": true, "because": "looked it up"}','ann','python','2030-01-01T01:00:01.500000+00:00',1,1338588999);
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
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',1,'run.created',1,'2030-01-01T00:00:00.000000+00:00','created','{"workflow":"chain","workflow_hash":"422106809d9819ea128f47b51e9795f2","origin":"conformance.ipynb","title":"","inputs":{"value":{}},"by":"ann","code":[{"name":"fetch","hash":"8286110171d3e156","module":"tests.conformance.world","effect":"idempotent","environment":{"python":"3.11.7"}},{"name":"use","hash":"d0d42e19e25927b6","module":"tests.conformance.world","effect":"idempotent","environment":{"python":"3.11.7"}}],"program":"0.1.0"}',194049095);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',2,'lease.taken',1,'2030-01-01T00:00:00.000000+00:00','lease-1','{"owner":"process-0","fence":1}',4125813986);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',3,'run.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{}',776628306);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',4,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{"path":"fetch","attempt":1,"token":"p0xaaaaaaaaaaaab","input":{"value":{"args":{}}},"step_key":"2fb3a38d4c9f6e136fccba2f0eba158ffcd773e94b86157f189d17a11f0d8585","code_hash":"8286110171d3e156"}',3785858688);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',5,'step.failed',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaad','{"path":"fetch","attempt":1,"error":{"type":"TransientError","message":"no line"},"final":true}',1364608942);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',6,'run.failed',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaad','{"error":{"type":"TransientError","message":"step ''fetch'' failed: no line"}}',1872211775);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',7,'lease.taken',1,'2030-01-01T01:00:01.500000+00:00','lease-2','{"owner":"process-0","fence":2}',2290699593);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',8,'run.reopened',1,'2030-01-01T01:00:01.500000+00:00','p0xaaaaaaaaaaaaf','{"by":"ann","paths":["fetch"]}',607609355);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',9,'step.skipped',1,'2030-01-01T01:00:01.500000+00:00','p0xaaaaaaaaaaaaf','{"path":"fetch","because":"looked it up","by":"ann","output":{"value":{"rate":1.1}},"command_id":"xaaaaaaaaaaaaaac"}',3938332922);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',10,'step.started',1,'2030-01-01T01:00:01.500000+00:00','p0xaaaaaaaaaaaaf','{"path":"use","attempt":1,"token":"p0xaaaaaaaaaaaae","input":{"value":{"args":{"x":1.1}}},"step_key":"75d63914f97c36c00c1d18ae60a2fed53c60ee121fdd2714211e67c78b603271","code_hash":"d0d42e19e25927b6"}',1669037651);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',11,'step.succeeded',1,'2030-01-01T01:00:02.500000+00:00','p0xaaaaaaaaaaaag','{"path":"use","attempt":1,"output":{"value":1.1}}',3596865055);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',12,'run.succeeded',1,'2030-01-01T01:00:02.500000+00:00','p0xaaaaaaaaaaaag','{"output":{"value":{"use":1.1}}}',4279934599);
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
INSERT INTO "mn_run" VALUES('xaaaaaaaaaaaaaab','422106809d9819ea128f47b51e9795f2','chain','conformance.ipynb','','succeeded',12,2,NULL,'2030-01-01T00:00:00.000000+00:00','2030-01-01T01:00:02.500000+00:00','2030-01-01T01:00:02.500000+00:00',NULL,'0',1,2,2,0,0,3371506060);
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
INSERT INTO "mn_workflow" VALUES('422106809d9819ea128f47b51e9795f2','chain','{"name":"chain","group":"chain","about":"","inputs":{},"outputs":{},"model":null,"tools":[],"max_concurrency":8,"calls_per_minute":null,"steps":[{"name":"fetch","needs":[],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":{"attempts":1,"backoff_seconds":2.0,"max_backoff_seconds":60.0},"timeout_seconds":300.0,"line":3,"kind":"python","function":"fetch","args":{},"effect":"idempotent","isolation":"thread","output":null},{"name":"use","needs":["fetch"],"uses":["fetch"],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":4,"kind":"python","function":"use","args":{"x":"{{ fetch.rate }}"},"effect":"idempotent","isolation":"thread","output":null}],"children":{}}','','2030-01-01T00:00:00.000000+00:00',53247450);
CREATE INDEX mn_run_by_age ON mn_run (created_at);
CREATE INDEX mn_run_by_origin ON mn_run (origin, status);
CREATE INDEX mn_run_by_owner ON mn_run (owner);
CREATE INDEX mn_approval_by_status ON mn_approval (status, run_id);
CREATE INDEX mn_command_by_taken ON mn_command (taken, run_id);
CREATE INDEX mn_run_by_origin_and_age ON mn_run (origin, created_at DESC, id);
CREATE INDEX mn_run_by_wake ON mn_run (origin, status, wake_at, waiting);
CREATE INDEX mn_approval_by_age ON mn_approval (status, requested_at, id);
COMMIT;
