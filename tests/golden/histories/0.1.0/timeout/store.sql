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
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',1,'run.created',1,'2030-01-01T00:00:00.000000+00:00','created','{"workflow":"delivery","workflow_hash":"ea4d22f5280b6e913b3bec49a99f98dd","origin":"conformance.ipynb","title":"","inputs":{"value":{}},"by":"ann","code":[{"name":"ask_shop","hash":"7eb2d0ff4c4da041","module":"tests.conformance.world","effect":"idempotent","environment":{"python":"3.11.7"}}],"program":"0.1.0"}',2319245063);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',2,'lease.taken',1,'2030-01-01T00:00:00.000000+00:00','lease-1','{"owner":"process-0","fence":1}',4125813986);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',3,'run.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaab','{}',2532708151);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',4,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaab','{"path":"arrived","attempt":1,"token":"","input":{"value":{"signal":"parcel"}},"step_key":"49a7e96b3dbd48638e5db0e76f9a1fc79b8b3d8d6e1ea36965093fcd3880dc07"}',4136951223);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',5,'timer.set',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaab','{"path":"arrived","at":"2030-01-08T00:00:00Z","purpose":"timeout"}',468191932);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',6,'signal.awaited',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaab','{"path":"arrived","name":"parcel"}',4274252907);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',7,'lease.taken',1,'2030-01-08T00:00:01.000000+00:00','lease-2','{"owner":"process-0","fence":2}',4017094465);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',8,'timer.fired',1,'2030-01-08T00:00:01.000000+00:00','p0xaaaaaaaaaaaad','{"path":"arrived"}',732194448);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',9,'step.failed',1,'2030-01-08T00:00:01.000000+00:00','p0xaaaaaaaaaaaad','{"path":"arrived","attempt":1,"error":{"type":"timeout","message":"it took longer than its timeout of 604800 s; raise `timeout`, or do less","permanent":true},"final":true}',3489061348);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',10,'step.started',1,'2030-01-08T00:00:01.000000+00:00','p0xaaaaaaaaaaaad','{"path":"ask_shop","attempt":1,"token":"p0xaaaaaaaaaaaac","input":{"value":{"args":{}}},"step_key":"c228c476e45d9696eef78ff12a18f058ba5f837da55cb0f6bb9c2d01727e8868","code_hash":"7eb2d0ff4c4da041"}',142719481);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',11,'step.succeeded',1,'2030-01-08T00:00:02.000000+00:00','p0xaaaaaaaaaaaae','{"path":"ask_shop","attempt":1,"output":{"value":"asked"}}',3630745318);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',12,'run.succeeded',1,'2030-01-08T00:00:02.000000+00:00','p0xaaaaaaaaaaaae','{"output":{"value":{"ask_shop":"asked"}}}',3043150865);
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
INSERT INTO "mn_process" VALUES('process-0',1,'host','','conformance.ipynb','2030-01-01T00:00:00.000000+00:00',4,0);
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
INSERT INTO "mn_run" VALUES('xaaaaaaaaaaaaaab','ea4d22f5280b6e913b3bec49a99f98dd','delivery','conformance.ipynb','','succeeded',12,2,NULL,'2030-01-01T00:00:00.000000+00:00','2030-01-08T00:00:02.000000+00:00','2030-01-08T00:00:02.000000+00:00',NULL,'0',1,2,2,0,0,2263709366);
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
INSERT INTO "mn_workflow" VALUES('ea4d22f5280b6e913b3bec49a99f98dd','delivery','{"name":"delivery","group":"delivery","about":"","inputs":{},"outputs":{},"model":null,"tools":[],"max_concurrency":8,"calls_per_minute":null,"steps":[{"name":"arrived","needs":[],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"continue","fallback":null,"retry":null,"timeout_seconds":604800.0,"line":3,"kind":"wait","duration":null,"until":null,"signal":"parcel"},{"name":"ask_shop","needs":["arrived"],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"one_failed","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":7,"kind":"python","function":"ask_shop","args":{},"effect":"idempotent","isolation":"thread","output":null}],"children":{}}','','2030-01-01T00:00:00.000000+00:00',3181784875);
CREATE INDEX mn_run_by_age ON mn_run (created_at);
CREATE INDEX mn_run_by_origin ON mn_run (origin, status);
CREATE INDEX mn_run_by_owner ON mn_run (owner);
CREATE INDEX mn_approval_by_status ON mn_approval (status, run_id);
CREATE INDEX mn_command_by_taken ON mn_command (taken, run_id);
CREATE INDEX mn_run_by_origin_and_age ON mn_run (origin, created_at DESC, id);
CREATE INDEX mn_run_by_wake ON mn_run (origin, status, wake_at, waiting);
CREATE INDEX mn_approval_by_age ON mn_approval (status, requested_at, id);
COMMIT;
