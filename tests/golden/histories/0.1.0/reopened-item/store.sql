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
INSERT INTO "mn_command" VALUES('xaaaaaaaaaaaaaac','xaaaaaaaaaaaaaab','retry','{"path": "each[x]"}','ann','python','2030-01-01T00:01:01.500000+00:00',1,895393746);
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
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',1,'run.created',1,'2030-01-01T00:00:00.000000+00:00','created','{"workflow":"items","workflow_hash":"f19d2645b490a4db7b8523405a1cbaec","origin":"conformance.ipynb","title":"","inputs":{"value":{}},"by":"ann","code":[{"name":"after","hash":"ac813dc75d389835","module":"tests.conformance.world","effect":"idempotent","environment":{"python":"3.11.7"}},{"name":"work","hash":"4d156c29395514ad","module":"tests.conformance.world","effect":"idempotent","environment":{"python":"3.11.7"}}],"program":"0.1.0"}',2075891034);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',2,'lease.taken',1,'2030-01-01T00:00:00.000000+00:00','lease-1','{"owner":"process-0","fence":1}',4125813986);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',3,'run.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaad','{}',3013431531);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',4,'step.expanded',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaad','{"path":"each","items":{"value":["x","y"]},"keys":["x","y"]}',1191370184);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',5,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaad','{"path":"each[x]","attempt":1,"token":"p0xaaaaaaaaaaaab","input":{"value":{"args":{"name":"x"}}},"step_key":"a336b7bc1eda34afe635d06d74c94b6615fca158137095c9e6ded74147d70c2c","item":0,"code_hash":"4d156c29395514ad"}',2353260759);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',6,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaad','{"path":"each[y]","attempt":1,"token":"p0xaaaaaaaaaaaac","input":{"value":{"args":{"name":"y"}}},"step_key":"82f4528668eff5317a9501d956293b6778126fb206e34e86e854b8cca3855f92","item":1,"code_hash":"4d156c29395514ad"}',3395249156);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',7,'step.succeeded',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaae','{"path":"each[y]","attempt":1,"output":{"value":"y"}}',2716865610);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',8,'step.failed',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaaf','{"path":"each[x]","attempt":1,"error":{"type":"TransientError","message":"broken"},"final":true}',1046134736);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',9,'run.failed',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaaf','{"error":{"type":"TransientError","message":"step ''each[x]'' failed: broken"}}',47357731);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',10,'lease.taken',1,'2030-01-01T00:01:01.500000+00:00','lease-2','{"owner":"process-0","fence":2}',608785802);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',11,'run.reopened',1,'2030-01-01T00:01:01.500000+00:00','p0xaaaaaaaaaaaah','{"by":"ann","command_id":"xaaaaaaaaaaaaaac","paths":["each[x]"]}',418002502);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',12,'step.started',1,'2030-01-01T00:01:01.500000+00:00','p0xaaaaaaaaaaaah','{"path":"each[x]","attempt":2,"token":"p0xaaaaaaaaaaaag","input":{"value":{"args":{"name":"x"}}},"step_key":"a336b7bc1eda34afe635d06d74c94b6615fca158137095c9e6ded74147d70c2c","item":0,"code_hash":"4d156c29395514ad"}',4021767917);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',13,'step.succeeded',1,'2030-01-01T00:01:02.500000+00:00','p0xaaaaaaaaaaaaj','{"path":"each[x]","attempt":2,"output":{"value":"mended"}}',1192026361);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',14,'step.started',1,'2030-01-01T00:01:02.500000+00:00','p0xaaaaaaaaaaaaj','{"path":"after","attempt":1,"token":"p0xaaaaaaaaaaaai","input":{"value":{"args":{"all":["mended","y"]}}},"step_key":"8487f2eb92f7cd4311e95ee13d8369508a1a794abfb2a03cca4abb74ef5db4e4","code_hash":"ac813dc75d389835"}',866842567);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',15,'step.succeeded',1,'2030-01-01T00:01:03.500000+00:00','p0xaaaaaaaaaaaak','{"path":"after","attempt":1,"output":{"value":["mended","y"]}}',238786695);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',16,'run.succeeded',1,'2030-01-01T00:01:03.500000+00:00','p0xaaaaaaaaaaaak','{"output":{"value":{"after":["mended","y"]}}}',2819273186);
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
INSERT INTO "mn_run" VALUES('xaaaaaaaaaaaaaab','f19d2645b490a4db7b8523405a1cbaec','items','conformance.ipynb','','succeeded',16,2,NULL,'2030-01-01T00:00:00.000000+00:00','2030-01-01T00:01:03.500000+00:00','2030-01-01T00:01:03.500000+00:00',NULL,'0',1,2,2,0,0,3206646045);
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
INSERT INTO "mn_workflow" VALUES('f19d2645b490a4db7b8523405a1cbaec','items','{"name":"items","group":"items","about":"","inputs":{},"outputs":{},"model":null,"tools":[],"max_concurrency":8,"calls_per_minute":null,"steps":[{"name":"each","needs":[],"uses":[],"when":null,"for_each":{"over":"[''x'', ''y'']","item_name":"item","key":"item","concurrency":4,"max_items":1000,"on_error":"fail","quorum":null,"first":null},"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":{"attempts":1,"backoff_seconds":2.0,"max_backoff_seconds":60.0},"timeout_seconds":300.0,"line":3,"kind":"python","function":"work","args":{"name":"{{ item }}"},"effect":"idempotent","isolation":"thread","output":null},{"name":"after","needs":["each"],"uses":["each"],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":9,"kind":"python","function":"after","args":{"all":"{{ each }}"},"effect":"idempotent","isolation":"thread","output":null}],"children":{}}','','2030-01-01T00:00:00.000000+00:00',3406177160);
CREATE INDEX mn_run_by_age ON mn_run (created_at);
CREATE INDEX mn_run_by_origin ON mn_run (origin, status);
CREATE INDEX mn_run_by_owner ON mn_run (owner);
CREATE INDEX mn_approval_by_status ON mn_approval (status, run_id);
CREATE INDEX mn_command_by_taken ON mn_command (taken, run_id);
CREATE INDEX mn_run_by_origin_and_age ON mn_run (origin, created_at DESC, id);
CREATE INDEX mn_run_by_wake ON mn_run (origin, status, wake_at, waiting);
CREATE INDEX mn_approval_by_age ON mn_approval (status, requested_at, id);
COMMIT;
