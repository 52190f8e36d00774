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
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',1,'run.created',1,'2030-01-01T00:00:00.000000+00:00','created','{"workflow":"report","workflow_hash":"5cadd2be35eff79f28feb3bef83615e4","origin":"conformance.ipynb","title":"","inputs":{"value":{}},"by":"ann","code":[{"name":"search","hash":"b8266276b92aad02","module":"tests.conformance.world","effect":"idempotent","environment":{"python":"3.11.7"}},{"name":"write","hash":"f5d642a337688fd9","module":"tests.conformance.world","effect":"idempotent","environment":{"python":"3.11.7"}}],"program":"0.1.0"}',118442061);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',2,'lease.taken',1,'2030-01-01T00:00:00.000000+00:00','lease-1','{"owner":"process-0","fence":1}',4125813986);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',3,'run.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{}',776628306);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',4,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{"path":"search","attempt":1,"token":"p0xaaaaaaaaaaaab","input":{"value":{"args":{}}},"step_key":"5443a9e72ab683f8a6059197e6ccd63f16acf2fbaee062f71c3714cf79c50275","code_hash":"b8266276b92aad02"}',4181537163);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',5,'step.succeeded',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaae','{"path":"search","attempt":1,"output":{"value":"tides"}}',2074306421);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',6,'step.started',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaae','{"path":"write","attempt":1,"token":"p0xaaaaaaaaaaaad","input":{"value":{"args":{"from_":"tides"}}},"step_key":"03cf520e2b9b5424f15e03231ad2f39588f52e0e867af85cff1d6e0e1653eabc","code_hash":"f5d642a337688fd9"}',4277883025);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',7,'step.succeeded',1,'2030-01-01T00:00:02.000000+00:00','p0xaaaaaaaaaaaaf','{"path":"write","attempt":1,"output":{"value":"about tides"}}',3656100337);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',8,'run.succeeded',1,'2030-01-01T00:00:02.000000+00:00','p0xaaaaaaaaaaaaf','{"output":{"value":{"write":"about tides"}}}',4164831188);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaac',1,'run.created',1,'2030-01-01T00:00:02.500000+00:00','created','{"workflow":"report","workflow_hash":"5cadd2be35eff79f28feb3bef83615e4","origin":"conformance.ipynb","title":"","inputs":{"value":{}},"by":"ann","code":[{"name":"search","hash":"b8266276b92aad02","module":"tests.conformance.world","effect":"idempotent","environment":{"python":"3.11.7"}},{"name":"write","hash":"f5d642a337688fd9","module":"tests.conformance.world","effect":"idempotent","environment":{"python":"3.11.7"}}],"program":"0.1.0","reuses":"xaaaaaaaaaaaaaab","afresh":["search"]}',1479439112);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaac',2,'lease.taken',1,'2030-01-01T00:00:04.000000+00:00','lease-1','{"owner":"process-0","fence":1}',276528453);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaac',3,'run.started',1,'2030-01-01T00:00:04.000000+00:00','p0xaaaaaaaaaaaah','{}',841257952);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaac',4,'step.started',1,'2030-01-01T00:00:04.000000+00:00','p0xaaaaaaaaaaaah','{"path":"search","attempt":1,"token":"p0xaaaaaaaaaaaag","input":{"value":{"args":{}}},"step_key":"5443a9e72ab683f8a6059197e6ccd63f16acf2fbaee062f71c3714cf79c50275","code_hash":"b8266276b92aad02"}',314138623);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaac',5,'step.succeeded',1,'2030-01-01T00:00:05.000000+00:00','p0xaaaaaaaaaaaaj','{"path":"search","attempt":1,"output":{"value":"tides"}}',396413406);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaac',6,'step.started',1,'2030-01-01T00:00:05.000000+00:00','p0xaaaaaaaaaaaaj','{"path":"write","attempt":1,"token":"p0xaaaaaaaaaaaai","input":{"value":{"args":{"from_":"tides"}}},"step_key":"03cf520e2b9b5424f15e03231ad2f39588f52e0e867af85cff1d6e0e1653eabc","code_hash":"f5d642a337688fd9"}',2556977719);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaac',7,'step.succeeded',1,'2030-01-01T00:00:05.000000+00:00','p0xaaaaaaaaaaaaj','{"path":"write","attempt":1,"output":{"value":"about tides"},"reused_from":"write"}',3689439333);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaac',8,'run.succeeded',1,'2030-01-01T00:00:05.000000+00:00','p0xaaaaaaaaaaaaj','{"output":{"value":{"write":"about tides"}}}',4159688595);
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
INSERT INTO "mn_run" VALUES('xaaaaaaaaaaaaaab','5cadd2be35eff79f28feb3bef83615e4','report','conformance.ipynb','','succeeded',8,1,NULL,'2030-01-01T00:00:00.000000+00:00','2030-01-01T00:00:02.000000+00:00','2030-01-01T00:00:02.000000+00:00',NULL,'0',1,2,2,0,0,3234723525);
INSERT INTO "mn_run" VALUES('xaaaaaaaaaaaaaac','5cadd2be35eff79f28feb3bef83615e4','report','conformance.ipynb','','succeeded',8,1,NULL,'2030-01-01T00:00:02.500000+00:00','2030-01-01T00:00:05.000000+00:00','2030-01-01T00:00:05.000000+00:00',NULL,'0',1,2,2,0,0,2779561063);
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
INSERT INTO "mn_workflow" VALUES('5cadd2be35eff79f28feb3bef83615e4','report','{"name":"report","group":"report","about":"","inputs":{},"outputs":{},"model":null,"tools":[],"max_concurrency":8,"calls_per_minute":null,"steps":[{"name":"search","needs":[],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":3,"kind":"python","function":"search","args":{},"effect":"idempotent","isolation":"thread","output":null},{"name":"write","needs":["search"],"uses":["search"],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":4,"kind":"python","function":"write","args":{"from_":"{{ search }}"},"effect":"idempotent","isolation":"thread","output":null}],"children":{}}','','2030-01-01T00:00:00.000000+00:00',3793721693);
CREATE INDEX mn_run_by_age ON mn_run (created_at);
CREATE INDEX mn_run_by_origin ON mn_run (origin, status);
CREATE INDEX mn_run_by_owner ON mn_run (owner);
CREATE INDEX mn_approval_by_status ON mn_approval (status, run_id);
CREATE INDEX mn_command_by_taken ON mn_command (taken, run_id);
CREATE INDEX mn_run_by_origin_and_age ON mn_run (origin, created_at DESC, id);
CREATE INDEX mn_run_by_wake ON mn_run (origin, status, wake_at, waiting);
CREATE INDEX mn_approval_by_age ON mn_approval (status, requested_at, id);
COMMIT;
