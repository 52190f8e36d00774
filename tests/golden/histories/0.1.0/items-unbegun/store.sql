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
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',1,'run.created',1,'2030-01-01T00:00:00.000000+00:00','created','{"workflow":"outer","workflow_hash":"d1ead0f95601c203c6ef34907f6813f0","origin":"conformance.ipynb","title":"","inputs":{"value":{}},"by":"ann","program":"0.1.0"}',1706066169);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',2,'lease.taken',1,'2030-01-01T00:00:00.000000+00:00','lease-1','{"owner":"process-0","fence":1}',4125813986);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',3,'run.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaad','{}',3013431531);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',4,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaad','{"path":"part","attempt":1,"token":"","input":{"value":{"args":{}}},"step_key":"51f10a26a1e4c8823be5bcf4ce928311fa5cd596dd115bd50eeb399ac4da7e7a"}',2334861017);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',5,'step.expanded',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaad','{"path":"part/each","items":{"value":[1,2,0]},"keys":["1","2","0"]}',1188088025);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',6,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaad','{"path":"part/each[1]","attempt":1,"token":"p0xaaaaaaaaaaaab","input":{"value":{"args":{"n":4}}},"step_key":"25608400a83899903d0e5e6425bb78f26cb14fc85bc7e9bde9ade06912045dd9","item":0,"code_hash":"4d156c29395514ad","node":"part/each"}',4204977366);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',7,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaad','{"path":"part/each[2]","attempt":1,"token":"p0xaaaaaaaaaaaac","input":{"value":{"args":{"n":2}}},"step_key":"54dcab6df07f9afa05a9cbbc288d3cd62b2777be8d83114efcdf8da23aefd891","item":1,"code_hash":"4d156c29395514ad","node":"part/each"}',1322868002);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',8,'step.failed',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaad','{"path":"part/each[0]","attempt":0,"error":{"type":"PermanentError","message":"this cannot be computed: integer division or modulo by zero (in ''{{ 4 // (item - (previous or 0)) }}'')","permanent":true},"final":true,"item":2,"node":"part/each"}',670050664);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',9,'step.succeeded',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaae','{"path":"part/each[2]","attempt":1,"output":{"value":2}}',2232341917);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',10,'step.iterated',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaae','{"path":"part/each[2]","holds":true,"again":false}',3092724620);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',11,'step.succeeded',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaaf','{"path":"part/each[1]","attempt":1,"output":{"value":1}}',3888696780);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',12,'step.iterated',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaaf','{"path":"part/each[1]","holds":false,"again":true}',1596622739);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',13,'step.failed',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaaf','{"path":"part/each[1]#2","attempt":0,"error":{"type":"PermanentError","message":"this cannot be computed: integer division or modulo by zero (in ''{{ 4 // (item - (previous or 0)) }}'')","permanent":true},"final":true,"item":0,"node":"part/each","iteration":2}',1132357915);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',14,'step.succeeded',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaaf','{"path":"part","attempt":1,"output":{"value":{"each":[2]}}}',3386793806);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',15,'run.succeeded',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaaf','{"output":{"value":{"part":{"each":[2]}}}}',1201421635);
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
INSERT INTO "mn_process" VALUES('process-0',1,'host','','conformance.ipynb','2030-01-01T00:00:00.000000+00:00',2,0);
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
INSERT INTO "mn_run" VALUES('xaaaaaaaaaaaaaab','d1ead0f95601c203c6ef34907f6813f0','outer','conformance.ipynb','','succeeded',15,1,NULL,'2030-01-01T00:00:00.000000+00:00','2030-01-01T00:00:01.000000+00:00','2030-01-01T00:00:01.000000+00:00',NULL,'0',1,1,1,0,0,162901302);
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
INSERT INTO "mn_workflow" VALUES('d1ead0f95601c203c6ef34907f6813f0','outer','{"name":"outer","group":"outer","about":"","inputs":{},"outputs":{},"model":null,"tools":[],"max_concurrency":8,"calls_per_minute":null,"steps":[{"name":"part","needs":[],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":null,"line":3,"kind":"workflow","workflow":"inner","args":{}}],"children":{"inner":{"name":"inner","group":"inner","about":"","inputs":{},"outputs":{},"model":null,"tools":[],"max_concurrency":8,"calls_per_minute":null,"steps":[{"name":"each","needs":[],"uses":[],"when":null,"for_each":{"over":"[1, 2, 0]","item_name":"item","key":"item","concurrency":4,"max_items":1000,"on_error":"collect","quorum":null,"first":null},"repeat":{"until":"each > 1","at_most":3},"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":3,"kind":"python","function":"work","args":{"n":"{{ 4 // (item - (previous or 0)) }}"},"effect":"idempotent","isolation":"thread","output":null}],"children":{}}}}','','2030-01-01T00:00:00.000000+00:00',2557686219);
CREATE INDEX mn_run_by_age ON mn_run (created_at);
CREATE INDEX mn_run_by_origin ON mn_run (origin, status);
CREATE INDEX mn_run_by_owner ON mn_run (owner);
CREATE INDEX mn_approval_by_status ON mn_approval (status, run_id);
CREATE INDEX mn_command_by_taken ON mn_command (taken, run_id);
CREATE INDEX mn_run_by_origin_and_age ON mn_run (origin, created_at DESC, id);
CREATE INDEX mn_run_by_wake ON mn_run (origin, status, wake_at, waiting);
CREATE INDEX mn_approval_by_age ON mn_approval (status, requested_at, id);
COMMIT;
