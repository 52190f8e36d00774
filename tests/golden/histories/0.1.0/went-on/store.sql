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
INSERT INTO "mn_command" VALUES('xaaaaaaaaaaaaaac','xaaaaaaaaaaaaaab','pause','{"because": "hold on"}','ann','python','2030-01-01T00:00:01.500000+00:00',1,1642304770);
INSERT INTO "mn_command" VALUES('xaaaaaaaaaaaaaad','xaaaaaaaaaaaaaab','resume','{}','ann','python','2030-01-02T00:59:59.500000+00:00',1,479393862);
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
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',1,'run.created',1,'2030-01-01T00:00:00.000000+00:00','created','{"workflow":"nap","workflow_hash":"5e95c751ca8e7d7c59b772fa615a9c26","origin":"conformance.ipynb","title":"","inputs":{"value":{}},"by":"ann","code":[{"name":"after","hash":"ac813dc75d389835","module":"tests.conformance.world","effect":"idempotent","environment":{"python":"3.11.7"}}],"program":"0.1.0"}',4125753598);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',2,'lease.taken',1,'2030-01-01T00:00:00.000000+00:00','lease-1','{"owner":"process-0","fence":1}',4125813986);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',3,'run.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaab','{}',2532708151);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',4,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaab','{"path":"nap","attempt":1,"token":"","input":{"value":{"duration":"1h"}},"step_key":"257aa4f4ea215b57fd3133f27706388070965e89dd3c5add3346ebde35ab7a19"}',2482116843);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',5,'timer.set',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaab','{"path":"nap","at":"2030-01-01T01:00:00Z"}',3953877887);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',6,'lease.taken',1,'2030-01-01T00:59:59.000000+00:00','lease-2','{"owner":"process-0","fence":2}',3228026269);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',7,'run.pause_requested',1,'2030-01-01T00:59:59.000000+00:00','p0xaaaaaaaaaaaac','{"by":"ann","because":"hold on","command_id":"xaaaaaaaaaaaaaac"}',346146958);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',8,'run.paused',1,'2030-01-01T00:59:59.000000+00:00','p0xaaaaaaaaaaaac','{}',60888517);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',9,'lease.taken',1,'2030-01-02T00:59:59.500000+00:00','lease-3','{"owner":"process-0","fence":3}',2756142390);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',10,'run.resumed',1,'2030-01-02T00:59:59.500000+00:00','p0xaaaaaaaaaaaae','{"by":"ann","command_id":"xaaaaaaaaaaaaaad","asked_at":"2030-01-02T00:59:59.500000Z"}',885309837);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',11,'timer.fired',1,'2030-01-02T00:59:59.500000+00:00','p0xaaaaaaaaaaaae','{"path":"nap"}',2313455988);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',12,'step.succeeded',1,'2030-01-02T00:59:59.500000+00:00','p0xaaaaaaaaaaaae','{"path":"nap","attempt":1,"output":{}}',1462163437);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',13,'step.started',1,'2030-01-02T00:59:59.500000+00:00','p0xaaaaaaaaaaaae','{"path":"after","attempt":1,"token":"p0xaaaaaaaaaaaad","input":{"value":{"args":{}}},"step_key":"35c948e8b3d3b20a214c6b9f6376def8ed51a4d4e630423f08b0ee5055b1bba5","code_hash":"ac813dc75d389835"}',195682651);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',14,'step.succeeded',1,'2030-01-02T01:00:00.500000+00:00','p0xaaaaaaaaaaaaf','{"path":"after","attempt":1,"output":{"value":"done"}}',127785284);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',15,'run.succeeded',1,'2030-01-02T01:00:00.500000+00:00','p0xaaaaaaaaaaaaf','{"output":{"value":{"after":"done"}}}',3989793167);
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
INSERT INTO "mn_run" VALUES('xaaaaaaaaaaaaaab','5e95c751ca8e7d7c59b772fa615a9c26','nap','conformance.ipynb','','succeeded',15,3,NULL,'2030-01-01T00:00:00.000000+00:00','2030-01-02T01:00:00.500000+00:00','2030-01-02T01:00:00.500000+00:00',NULL,'0',1,2,2,0,0,1303347955);
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
INSERT INTO "mn_workflow" VALUES('5e95c751ca8e7d7c59b772fa615a9c26','nap','{"name":"nap","group":"nap","about":"","inputs":{},"outputs":{},"model":null,"tools":[],"max_concurrency":8,"calls_per_minute":null,"policy":[],"steps":[{"name":"nap","needs":[],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":null,"line":3,"kind":"wait","duration":"1h","until":null,"signal":null},{"name":"after","needs":["nap"],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":4,"kind":"python","function":"after","args":{},"effect":"idempotent","isolation":"thread","output":null}],"children":{}}','','2030-01-01T00:00:00.000000+00:00',2039698425);
CREATE INDEX mn_run_by_age ON mn_run (created_at);
CREATE INDEX mn_run_by_origin ON mn_run (origin, status);
CREATE INDEX mn_run_by_owner ON mn_run (owner);
CREATE INDEX mn_approval_by_status ON mn_approval (status, run_id);
CREATE INDEX mn_command_by_taken ON mn_command (taken, run_id);
CREATE INDEX mn_run_by_origin_and_age ON mn_run (origin, created_at DESC, id);
CREATE INDEX mn_run_by_wake ON mn_run (origin, status, wake_at, waiting);
CREATE INDEX mn_approval_by_age ON mn_approval (status, requested_at, id);
COMMIT;
