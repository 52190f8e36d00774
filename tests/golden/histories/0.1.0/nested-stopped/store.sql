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
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',1,'run.created',1,'2030-01-01T00:00:00.000000+00:00','created','{"workflow":"outer","workflow_hash":"41d0b9c33166179dcdf1042fbcdee6b4","origin":"conformance.ipynb","title":"","inputs":{"value":{}},"by":"ann","code":[{"name":"after","hash":"ac813dc75d389835","module":"tests.conformance.world","effect":"idempotent","environment":{"python":"3.11.7"}}],"program":"0.1.0"}',505325521);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',2,'lease.taken',1,'2030-01-01T00:00:00.000000+00:00','lease-1','{"owner":"process-0","fence":1}',4125813986);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',3,'run.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{}',776628306);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',4,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{"path":"part","attempt":1,"token":"","input":{"value":{"args":{}}},"step_key":"51f10a26a1e4c8823be5bcf4ce928311fa5cd596dd115bd50eeb399ac4da7e7a"}',207953758);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',5,'timer.set',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{"path":"part","at":"2030-01-01T00:02:00Z","purpose":"timeout"}',2328564137);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',6,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{"path":"part/work","attempt":1,"token":"p0xaaaaaaaaaaaab","input":{"value":{"args":{}}},"step_key":"16833daf5f10525c4bc7dd08739c81c5dd8704b4e97109550a70f989ee8b3db7","code_hash":"4d156c29395514ad","node":"part/work"}',1059031806);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',7,'timer.fired',1,'2030-01-01T00:02:00.000000+00:00','p0xaaaaaaaaaaaae','{"path":"part"}',3216395764);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',8,'step.interrupted',1,'2030-01-01T00:02:00.000000+00:00','p0xaaaaaaaaaaaae','{"path":"part/work","attempt":1,"because":"the subworkflow took too long","on_purpose":true}',4291427324);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',9,'step.failed',1,'2030-01-01T00:02:00.000000+00:00','p0xaaaaaaaaaaaae','{"path":"part","attempt":1,"error":{"type":"timeout","message":"it took longer than its timeout of 120 s; raise `timeout`, or do less","permanent":true},"final":true}',85932696);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',10,'step.started',1,'2030-01-01T00:02:00.000000+00:00','p0xaaaaaaaaaaaae','{"path":"after","attempt":1,"token":"p0xaaaaaaaaaaaad","input":{"value":{"args":{}}},"step_key":"35c948e8b3d3b20a214c6b9f6376def8ed51a4d4e630423f08b0ee5055b1bba5","code_hash":"ac813dc75d389835"}',224277358);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',11,'step.succeeded',1,'2030-01-01T00:02:01.000000+00:00','p0xaaaaaaaaaaaaf','{"path":"after","attempt":1,"output":{"value":"late"}}',591376177);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',12,'run.succeeded',1,'2030-01-01T00:02:01.000000+00:00','p0xaaaaaaaaaaaaf','{"output":{"value":{"after":"late"}}}',515087135);
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
INSERT INTO "mn_process" VALUES('process-0',1,'host','','conformance.ipynb','2030-01-01T00:00:00.000000+00:00',42,0);
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
INSERT INTO "mn_run" VALUES('xaaaaaaaaaaaaaab','41d0b9c33166179dcdf1042fbcdee6b4','outer','conformance.ipynb','','succeeded',12,1,NULL,'2030-01-01T00:00:00.000000+00:00','2030-01-01T00:02:01.000000+00:00','2030-01-01T00:02:01.000000+00:00',NULL,'0',1,2,2,0,0,3158112319);
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
INSERT INTO "mn_workflow" VALUES('41d0b9c33166179dcdf1042fbcdee6b4','outer','{"name":"outer","group":"outer","about":"","inputs":{},"outputs":{},"model":null,"tools":[],"max_concurrency":8,"calls_per_minute":null,"steps":[{"name":"part","needs":[],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"continue","fallback":null,"retry":null,"timeout_seconds":120.0,"line":3,"kind":"workflow","workflow":"inner","args":{}},{"name":"after","needs":["part"],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"one_failed","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":4,"kind":"python","function":"after","args":{},"effect":"idempotent","isolation":"thread","output":null}],"children":{"inner":{"name":"inner","group":"inner","about":"","inputs":{},"outputs":{},"model":null,"tools":[],"max_concurrency":8,"calls_per_minute":null,"steps":[{"name":"work","needs":[],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":3,"kind":"python","function":"work","args":{},"effect":"idempotent","isolation":"thread","output":null}],"children":{}}}}','','2030-01-01T00:00:00.000000+00:00',863303361);
CREATE INDEX mn_run_by_age ON mn_run (created_at);
CREATE INDEX mn_run_by_origin ON mn_run (origin, status);
CREATE INDEX mn_run_by_owner ON mn_run (owner);
CREATE INDEX mn_approval_by_status ON mn_approval (status, run_id);
CREATE INDEX mn_command_by_taken ON mn_command (taken, run_id);
CREATE INDEX mn_run_by_origin_and_age ON mn_run (origin, created_at DESC, id);
CREATE INDEX mn_run_by_wake ON mn_run (origin, status, wake_at, waiting);
CREATE INDEX mn_approval_by_age ON mn_approval (status, requested_at, id);
COMMIT;
