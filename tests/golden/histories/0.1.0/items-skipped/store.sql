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
INSERT INTO "mn_command" VALUES('xaaaaaaaaaaaaaac','xaaaaaaaaaaaaaab','skip','{"path": "each[x]", "value": null, "has_value": false, "because": "not needed"}','ann','python','2030-01-01T00:00:01.500000+00:00',1,4164796343);
INSERT INTO "mn_command" VALUES('xaaaaaaaaaaaaaad','xaaaaaaaaaaaaaab','skip','{"path": "each[z]", "value": 4, "has_value": true, "because": "known"}','ann','python','2030-01-01T00:00:02.000000+00:00',1,2890700088);
INSERT INTO "mn_command" VALUES('xaaaaaaaaaaaaaae','xaaaaaaaaaaaaaab','signal','{"name": "go", "value": 1}','ann','python','2030-01-01T00:00:03.500000+00:00',1,2197991921);
INSERT INTO "mn_command" VALUES('xaaaaaaaaaaaaaaf','xaaaaaaaaaaaaaab','signal','{"name": "go", "value": 3}','ann','python','2030-01-01T00:00:05.500000+00:00',1,1042898278);
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
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',1,'run.created',1,'2030-01-01T00:00:00.000000+00:00','created','{"workflow":"items","workflow_hash":"55c3efe29842506fdef8556934fbedfa","origin":"conformance.ipynb","title":"","inputs":{"value":{}},"by":"ann","code":[{"name":"after","hash":"ac813dc75d389835","module":"tests.conformance.world","effect":"idempotent","environment":{"python":"3.11.7"}}],"program":"0.1.0","budget":{"usd":"1","calls":200}}',3189634036);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',2,'lease.taken',1,'2030-01-01T00:00:00.000000+00:00','lease-1','{"owner":"process-0","fence":1}',4125813986);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',3,'run.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaab','{}',2532708151);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',4,'step.expanded',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaab','{"path":"each","items":{"value":["w","x","y","z"]},"keys":["w","x","y","z"]}',4026058559);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',5,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaab','{"path":"each[w]","attempt":1,"token":"","input":{"value":{"signal":"go"}},"step_key":"d3a3284a9f2a8ffe1b65114bdc60901fa5c88822a9a4c37707c84a0df8d17686","item":0}',135008937);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',6,'signal.awaited',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaab','{"path":"each[w]","name":"go"}',170117729);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',7,'lease.taken',1,'2030-01-01T00:00:01.500000+00:00','lease-2','{"owner":"process-0","fence":2}',1113244614);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',8,'step.skipped',1,'2030-01-01T00:00:01.500000+00:00','p0xaaaaaaaaaaaac','{"path":"each[x]","because":"not needed","by":"ann","command_id":"xaaaaaaaaaaaaaac","item":1}',4269258892);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',9,'lease.taken',1,'2030-01-01T00:00:02.000000+00:00','lease-3','{"owner":"process-0","fence":3}',2189717194);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',10,'lease.taken',1,'2030-01-01T00:00:02.500000+00:00','lease-4','{"owner":"process-0","fence":4}',3732453528);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',11,'step.skipped',1,'2030-01-01T00:00:02.500000+00:00','p0xaaaaaaaaaaaad','{"path":"each[z]","because":"known","by":"ann","output":{"value":4},"command_id":"xaaaaaaaaaaaaaad","item":3}',1692700019);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',12,'lease.taken',1,'2030-01-01T00:00:04.000000+00:00','lease-5','{"owner":"process-0","fence":5}',1313371860);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',13,'signal.received',1,'2030-01-01T00:00:04.000000+00:00','p0xaaaaaaaaaaaae','{"name":"go","value":{"value":1},"by":"ann","command_id":"xaaaaaaaaaaaaaae"}',341677293);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',14,'step.succeeded',1,'2030-01-01T00:00:04.000000+00:00','p0xaaaaaaaaaaaae','{"path":"each[w]","attempt":1,"output":{"value":1}}',3641960238);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',15,'step.started',1,'2030-01-01T00:00:04.000000+00:00','p0xaaaaaaaaaaaae','{"path":"each[y]","attempt":1,"token":"","input":{"value":{"signal":"go"}},"step_key":"d3a3284a9f2a8ffe1b65114bdc60901fa5c88822a9a4c37707c84a0df8d17686","item":2}',3532953017);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',16,'signal.awaited',1,'2030-01-01T00:00:04.000000+00:00','p0xaaaaaaaaaaaae','{"path":"each[y]","name":"go"}',1987286781);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',17,'lease.taken',1,'2030-01-01T00:00:05.500000+00:00','lease-6','{"owner":"process-0","fence":6}',4193802736);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',18,'signal.received',1,'2030-01-01T00:00:05.500000+00:00','p0xaaaaaaaaaaaag','{"name":"go","value":{"value":3},"by":"ann","command_id":"xaaaaaaaaaaaaaaf"}',1863370631);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',19,'step.succeeded',1,'2030-01-01T00:00:05.500000+00:00','p0xaaaaaaaaaaaag','{"path":"each[y]","attempt":1,"output":{"value":3}}',2742919412);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',20,'step.started',1,'2030-01-01T00:00:05.500000+00:00','p0xaaaaaaaaaaaag','{"path":"after","attempt":1,"token":"p0xaaaaaaaaaaaaf","input":{"value":{"args":{"all":[1,3,4],"rows":["succeeded","skipped","succeeded","succeeded"]}}},"step_key":"12b44eb2fdd662f911f49f756a5cf2dc884094025559bab0ce9d81855ff7e489","code_hash":"ac813dc75d389835"}',4135991714);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',21,'step.succeeded',1,'2030-01-01T00:00:06.500000+00:00','p0xaaaaaaaaaaaah','{"path":"after","attempt":1,"output":{"value":{"all":[1,3,4],"rows":["succeeded","skipped","succeeded","succeeded"]}}}',3547411615);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',22,'run.succeeded',1,'2030-01-01T00:00:06.500000+00:00','p0xaaaaaaaaaaaah','{"output":{"value":{"after":{"all":[1,3,4],"rows":["succeeded","skipped","succeeded","succeeded"]}}}}',956313881);
CREATE TABLE mn_load (
	"key" VARCHAR NOT NULL, 
	trouble BOOLEAN NOT NULL, 
	body TEXT NOT NULL, 
	until FLOAT NOT NULL, 
	seal BIGINT, 
	PRIMARY KEY ("key")
);
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
INSERT INTO "mn_migration" VALUES('0005_notices','2030-01-01T00:00:00.000000+00:00',0);
INSERT INTO "mn_migration" VALUES('0006_budgets','2030-01-01T00:00:00.000000+00:00',0);
INSERT INTO "mn_migration" VALUES('0007_load','2030-01-01T00:00:00.000000+00:00',0);
CREATE TABLE mn_notice (
	approval_id VARCHAR NOT NULL, 
	run_id VARCHAR NOT NULL, 
	notice VARCHAR NOT NULL, 
	process VARCHAR NOT NULL, 
	claimed_at VARCHAR(32) NOT NULL, 
	tries INTEGER NOT NULL, 
	next_at VARCHAR(32) NOT NULL, 
	outcome VARCHAR NOT NULL, 
	fault TEXT NOT NULL, 
	PRIMARY KEY (approval_id)
);
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
INSERT INTO "mn_process" VALUES('process-0',1,'host','','conformance.ipynb','2030-01-01T00:00:00.000000+00:00',8,0);
CREATE TABLE mn_reservation (
	run_id VARCHAR NOT NULL, 
	call_id VARCHAR NOT NULL, 
	day VARCHAR NOT NULL, 
	workflow_class VARCHAR NOT NULL, 
	nano_usd BIGINT NOT NULL, 
	tokens BIGINT NOT NULL, 
	PRIMARY KEY (run_id, call_id)
)
 WITHOUT ROWID

;
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
INSERT INTO "mn_run" VALUES('xaaaaaaaaaaaaaab','55c3efe29842506fdef8556934fbedfa','items','conformance.ipynb','','succeeded',22,6,NULL,'2030-01-01T00:00:00.000000+00:00','2030-01-01T00:00:06.500000+00:00','2030-01-01T00:00:06.500000+00:00',NULL,'0',1,2,2,0,0,351873022);
CREATE TABLE mn_spending (
	day VARCHAR NOT NULL, 
	workflow_class VARCHAR NOT NULL, 
	nano_usd BIGINT NOT NULL, 
	tokens BIGINT NOT NULL, 
	calls BIGINT NOT NULL, 
	raised VARCHAR NOT NULL, 
	PRIMARY KEY (day, workflow_class)
)
 WITHOUT ROWID

;
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
INSERT INTO "mn_workflow" VALUES('55c3efe29842506fdef8556934fbedfa','items','{"name":"items","group":"items","about":"","inputs":{},"outputs":{},"model":null,"tools":[],"servers":{},"max_concurrency":8,"calls_per_minute":null,"policy":[],"budget":null,"cheaper":null,"steps":[{"name":"each","needs":[],"uses":[],"when":null,"for_each":{"over":"[''w'', ''x'', ''y'', ''z'']","item_name":"item","key":"item","concurrency":1,"max_items":1000,"on_error":"quorum","quorum":0.5,"first":null},"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":null,"line":3,"kind":"wait","duration":null,"until":null,"signal":"go"},{"name":"after","needs":["each"],"uses":["each"],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":9,"kind":"python","function":"after","args":{"all":"{{ each }}","rows":"{{ each.rows | map(attribute=''status'') }}"},"effect":"idempotent","isolation":"thread","output":null}],"children":{}}','','2030-01-01T00:00:00.000000+00:00',3454148901);
CREATE INDEX mn_run_by_age ON mn_run (created_at);
CREATE INDEX mn_run_by_origin ON mn_run (origin, status);
CREATE INDEX mn_run_by_owner ON mn_run (owner);
CREATE INDEX mn_approval_by_status ON mn_approval (status, run_id);
CREATE INDEX mn_command_by_taken ON mn_command (taken, run_id);
CREATE INDEX mn_run_by_origin_and_age ON mn_run (origin, created_at DESC, id);
CREATE INDEX mn_run_by_wake ON mn_run (origin, status, wake_at, waiting);
CREATE INDEX mn_approval_by_age ON mn_approval (status, requested_at, id);
CREATE INDEX mn_notice_by_outcome ON mn_notice (outcome);
COMMIT;
