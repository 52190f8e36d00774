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
INSERT INTO "mn_approval" VALUES('p3xaaaaaaaaaaaac','xaaaaaaaaaaaaaab','fragile','crashing','open','Step ''fragile'' ended its process 3 times without finishing anything. Try it once more?','2030-01-01T00:00:15.500000+00:00',NULL,NULL,NULL,NULL);
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
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',1,'run.created',1,'2030-01-01T00:00:00.000000+00:00','created','{"workflow":"crashing","workflow_hash":"1bcb6f5659f27dd0f7377e2f2237b336","origin":"conformance.ipynb","title":"","inputs":{"value":{}},"by":"ann","code":[{"name":"after","hash":"ac813dc75d389835","module":"tests.conformance.world","effect":"idempotent","environment":{"python":"3.11.7"}},{"name":"fragile","hash":"134bc7a1d95b0573","module":"tests.conformance.world","effect":"idempotent","environment":{"python":"3.11.7"}}],"program":"0.1.0"}',2984705222);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',2,'lease.taken',1,'2030-01-01T00:00:00.000000+00:00','lease-1','{"owner":"process-0","fence":1}',4125813986);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',3,'run.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{}',776628306);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',4,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{"path":"fragile","attempt":1,"token":"p0xaaaaaaaaaaaab","input":{"value":{"args":{}}},"step_key":"bc73e2580d8e2fa86e66f268dd16fdc8b521b1a0166818ae16a1041e862c7b33","code_hash":"134bc7a1d95b0573"}',3779276663);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',5,'lease.taken',1,'2030-01-01T00:00:05.500000+00:00','lease-2','{"owner":"process-1","fence":2}',919612585);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',6,'step.interrupted',1,'2030-01-01T00:00:05.500000+00:00','p1xaaaaaaaaaaaab','{"path":"fragile","attempt":1,"because":"the process that made the attempt ended"}',1320089257);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',7,'step.started',1,'2030-01-01T00:00:05.500000+00:00','p1xaaaaaaaaaaaad','{"path":"fragile","attempt":2,"token":"p1xaaaaaaaaaaaac","input":{"value":{"args":{}}},"step_key":"bc73e2580d8e2fa86e66f268dd16fdc8b521b1a0166818ae16a1041e862c7b33","code_hash":"134bc7a1d95b0573"}',1057220060);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',8,'lease.taken',1,'2030-01-01T00:00:10.500000+00:00','lease-3','{"owner":"process-2","fence":3}',2178644380);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',9,'step.interrupted',1,'2030-01-01T00:00:10.500000+00:00','p2xaaaaaaaaaaaab','{"path":"fragile","attempt":2,"because":"the process that made the attempt ended"}',2326959378);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',10,'step.started',1,'2030-01-01T00:00:10.500000+00:00','p2xaaaaaaaaaaaad','{"path":"fragile","attempt":3,"token":"p2xaaaaaaaaaaaac","input":{"value":{"args":{}}},"step_key":"bc73e2580d8e2fa86e66f268dd16fdc8b521b1a0166818ae16a1041e862c7b33","code_hash":"134bc7a1d95b0573"}',434400105);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',11,'lease.taken',1,'2030-01-01T00:00:15.500000+00:00','lease-4','{"owner":"process-3","fence":4}',302805853);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',12,'step.interrupted',1,'2030-01-01T00:00:15.500000+00:00','p3xaaaaaaaaaaaab','{"path":"fragile","attempt":3,"because":"the process that made the attempt ended"}',1189072434);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',13,'approval.requested',1,'2030-01-01T00:00:15.500000+00:00','p3xaaaaaaaaaaaad','{"approval_id":"p3xaaaaaaaaaaaac","path":"fragile","attempt":3,"subject":"crashing","prompt":"Step ''fragile'' ended its process 3 times without finishing anything. Try it once more?"}',3933376112);
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
INSERT INTO "mn_process" VALUES('process-1',1,'host','','conformance.ipynb','2030-01-01T00:00:05.500000+00:00',3,0);
INSERT INTO "mn_process" VALUES('process-2',1,'host','','conformance.ipynb','2030-01-01T00:00:10.500000+00:00',3,0);
INSERT INTO "mn_process" VALUES('process-3',1,'host','','conformance.ipynb','2030-01-01T00:00:15.500000+00:00',2,0);
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
INSERT INTO "mn_run" VALUES('xaaaaaaaaaaaaaab','1bcb6f5659f27dd0f7377e2f2237b336','crashing','conformance.ipynb','','waiting',13,4,NULL,'2030-01-01T00:00:00.000000+00:00','2030-01-01T00:00:15.500000+00:00',NULL,NULL,'0',1,0,2,1,0,2777691253);
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
INSERT INTO "mn_workflow" VALUES('1bcb6f5659f27dd0f7377e2f2237b336','crashing','{"name":"crashing","group":"crashing","about":"","inputs":{},"outputs":{},"model":null,"tools":[],"max_concurrency":8,"calls_per_minute":null,"steps":[{"name":"fragile","needs":[],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":3,"kind":"python","function":"fragile","args":{},"effect":"idempotent","isolation":"thread","output":null},{"name":"after","needs":["fragile"],"uses":["fragile"],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":4,"kind":"python","function":"after","args":{"x":"{{ fragile }}"},"effect":"idempotent","isolation":"thread","output":null}],"children":{}}','','2030-01-01T00:00:00.000000+00:00',3864943865);
CREATE INDEX mn_run_by_age ON mn_run (created_at);
CREATE INDEX mn_run_by_origin ON mn_run (origin, status);
CREATE INDEX mn_run_by_owner ON mn_run (owner);
CREATE INDEX mn_approval_by_status ON mn_approval (status, run_id);
CREATE INDEX mn_command_by_taken ON mn_command (taken, run_id);
CREATE INDEX mn_run_by_origin_and_age ON mn_run (origin, created_at DESC, id);
CREATE INDEX mn_run_by_wake ON mn_run (origin, status, wake_at, waiting);
CREATE INDEX mn_approval_by_age ON mn_approval (status, requested_at, id);
COMMIT;
