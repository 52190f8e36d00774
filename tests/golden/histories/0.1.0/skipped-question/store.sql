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
INSERT INTO "mn_approval" VALUES('p0xaaaaaaaaaaaab','xaaaaaaaaaaaaaab','review','approve','closed','Good?','2030-01-01T00:00:00.000000+00:00',NULL,NULL,NULL,NULL);
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
INSERT INTO "mn_command" VALUES('xaaaaaaaaaaaaaac','xaaaaaaaaaaaaaab','skip','{"path": "review", "value": null, "has_value": false, "because": "not needed"}','ann','python','2030-01-01T01:00:00.500000+00:00',1,3374473044);
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
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',1,'run.created',1,'2030-01-01T00:00:00.000000+00:00','created','{"workflow":"chain","workflow_hash":"1a77b985feb864405795d31258e26e2f","origin":"conformance.ipynb","title":"","inputs":{"value":{}},"by":"ann","code":[{"name":"after","hash":"ac813dc75d389835","module":"tests.conformance.world","effect":"idempotent","environment":{"python":"3.11.7"}}],"program":"0.1.0"}',1833569432);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',2,'lease.taken',1,'2030-01-01T00:00:00.000000+00:00','lease-1','{"owner":"process-0","fence":1}',4125813986);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',3,'run.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{}',776628306);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',4,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{"path":"review","attempt":1,"token":"","input":{"value":{"prompt":"Good?","shown":{}}},"step_key":"8e863c14fe6c0bd1de24398ff27da7fb84e76d446e9e747725d18212df454787"}',2830468634);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',5,'approval.requested',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{"approval_id":"p0xaaaaaaaaaaaab","path":"review","attempt":1,"subject":"approve","prompt":"Good?","shown":{"value":{}}}',1657593944);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',6,'lease.taken',1,'2030-01-01T01:00:00.500000+00:00','lease-2','{"owner":"process-0","fence":2}',3739856102);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',7,'approval.closed',1,'2030-01-01T01:00:00.500000+00:00','p0xaaaaaaaaaaaae','{"approval_id":"p0xaaaaaaaaaaaab","path":"review"}',1344412187);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',8,'step.skipped',1,'2030-01-01T01:00:00.500000+00:00','p0xaaaaaaaaaaaae','{"path":"review","because":"not needed","by":"ann","command_id":"xaaaaaaaaaaaaaac"}',4273345143);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',9,'step.started',1,'2030-01-01T01:00:00.500000+00:00','p0xaaaaaaaaaaaae','{"path":"after","attempt":1,"token":"p0xaaaaaaaaaaaad","input":{"value":{"args":{}}},"step_key":"35c948e8b3d3b20a214c6b9f6376def8ed51a4d4e630423f08b0ee5055b1bba5","code_hash":"ac813dc75d389835"}',4143766646);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',10,'step.succeeded',1,'2030-01-01T01:00:01.500000+00:00','p0xaaaaaaaaaaaaf','{"path":"after","attempt":1,"output":{"value":"went on"}}',291233497);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',11,'run.succeeded',1,'2030-01-01T01:00:01.500000+00:00','p0xaaaaaaaaaaaaf','{"output":{"value":{"after":"went on"}}}',147333246);
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
INSERT INTO "mn_run" VALUES('xaaaaaaaaaaaaaab','1a77b985feb864405795d31258e26e2f','chain','conformance.ipynb','','succeeded',11,2,NULL,'2030-01-01T00:00:00.000000+00:00','2030-01-01T01:00:01.500000+00:00','2030-01-01T01:00:01.500000+00:00',NULL,'0',1,2,2,0,0,3874723164);
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
INSERT INTO "mn_workflow" VALUES('1a77b985feb864405795d31258e26e2f','chain','{"name":"chain","group":"chain","about":"","inputs":{},"outputs":{},"model":null,"tools":[],"max_concurrency":8,"calls_per_minute":null,"steps":[{"name":"review","needs":[],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":3,"kind":"approve","prompt":"Good?","authorises":null,"show":[],"edit":[],"expires":null,"on_reject":null},{"name":"after","needs":["review"],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_done","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":4,"kind":"python","function":"after","args":{},"effect":"idempotent","isolation":"thread","output":null}],"children":{}}','','2030-01-01T00:00:00.000000+00:00',2177675717);
CREATE INDEX mn_run_by_age ON mn_run (created_at);
CREATE INDEX mn_run_by_origin ON mn_run (origin, status);
CREATE INDEX mn_run_by_owner ON mn_run (owner);
CREATE INDEX mn_approval_by_status ON mn_approval (status, run_id);
CREATE INDEX mn_command_by_taken ON mn_command (taken, run_id);
CREATE INDEX mn_run_by_origin_and_age ON mn_run (origin, created_at DESC, id);
CREATE INDEX mn_run_by_wake ON mn_run (origin, status, wake_at, waiting);
CREATE INDEX mn_approval_by_age ON mn_approval (status, requested_at, id);
COMMIT;
