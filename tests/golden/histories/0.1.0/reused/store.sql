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
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',1,'run.created',1,'2030-01-01T00:00:00.000000+00:00','created','{"workflow":"rating","workflow_hash":"de6055589007bb06252f0022bc99afd3","origin":"conformance.ipynb","title":"","inputs":{"value":{"names":["eve","bob"]}},"by":"ann","code":[{"name":"rate","hash":"ff1522c0ebc24e35","module":"tests.conformance.world","effect":"idempotent","environment":{"python":"3.11.7"}}],"program":"0.1.0"}',965399062);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',2,'lease.taken',1,'2030-01-01T00:00:00.000000+00:00','lease-1','{"owner":"process-0","fence":1}',4125813986);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',3,'run.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaad','{}',3013431531);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',4,'step.expanded',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaad','{"path":"rate","items":{"value":["eve","bob"]},"keys":["eve","bob"]}',3731988471);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',5,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaad','{"path":"rate[eve]","attempt":1,"token":"p0xaaaaaaaaaaaab","input":{"value":{"args":{"name":"eve"}}},"step_key":"ad2b3579d40e0f55351fd93a50d14f0593c5a27313cd67c8b976c0d1e027b0b6","item":0,"code_hash":"ff1522c0ebc24e35"}',4201102584);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',6,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaad','{"path":"rate[bob]","attempt":1,"token":"p0xaaaaaaaaaaaac","input":{"value":{"args":{"name":"bob"}}},"step_key":"cd04c4d895221de2e5e768abfda4424923784c950ec1ffd397a15ba493c212b5","item":1,"code_hash":"ff1522c0ebc24e35"}',3894068139);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',7,'step.succeeded',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaae','{"path":"rate[bob]","attempt":1,"output":{"value":3}}',2945400914);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',8,'step.succeeded',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaaf','{"path":"rate[eve]","attempt":1,"output":{"value":3}}',1842335540);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',9,'run.succeeded',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaaf','{"output":{"value":{"rate":[3,3]}}}',1067826545);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaac',1,'run.created',1,'2030-01-01T00:00:01.500000+00:00','created','{"workflow":"rating","workflow_hash":"de6055589007bb06252f0022bc99afd3","origin":"conformance.ipynb","title":"","inputs":{"value":{"names":["eve","bob","trudy"]}},"by":"ann","code":[{"name":"rate","hash":"ff1522c0ebc24e35","module":"tests.conformance.world","effect":"idempotent","environment":{"python":"3.11.7"}}],"program":"0.1.0","reuses":"xaaaaaaaaaaaaaab"}',2082616822);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaac',2,'lease.taken',1,'2030-01-01T00:00:02.000000+00:00','lease-1','{"owner":"process-0","fence":1}',363235569);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaac',3,'run.started',1,'2030-01-01T00:00:02.000000+00:00','p0xaaaaaaaaaaaaj','{}',1126219231);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaac',4,'step.expanded',1,'2030-01-01T00:00:02.000000+00:00','p0xaaaaaaaaaaaaj','{"path":"rate","items":{"value":["eve","bob","trudy"]},"keys":["eve","bob","trudy"]}',3373791049);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaac',5,'step.started',1,'2030-01-01T00:00:02.000000+00:00','p0xaaaaaaaaaaaaj','{"path":"rate[eve]","attempt":1,"token":"p0xaaaaaaaaaaaag","input":{"value":{"args":{"name":"eve"}}},"step_key":"ad2b3579d40e0f55351fd93a50d14f0593c5a27313cd67c8b976c0d1e027b0b6","item":0,"code_hash":"ff1522c0ebc24e35"}',1103921322);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaac',6,'step.succeeded',1,'2030-01-01T00:00:02.000000+00:00','p0xaaaaaaaaaaaaj','{"path":"rate[eve]","attempt":1,"output":{"value":3},"reused_from":"rate[eve]"}',1343602257);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaac',7,'step.started',1,'2030-01-01T00:00:02.000000+00:00','p0xaaaaaaaaaaaaj','{"path":"rate[bob]","attempt":1,"token":"p0xaaaaaaaaaaaah","input":{"value":{"args":{"name":"bob"}}},"step_key":"cd04c4d895221de2e5e768abfda4424923784c950ec1ffd397a15ba493c212b5","item":1,"code_hash":"ff1522c0ebc24e35"}',4091483617);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaac',8,'step.succeeded',1,'2030-01-01T00:00:02.000000+00:00','p0xaaaaaaaaaaaaj','{"path":"rate[bob]","attempt":1,"output":{"value":3},"reused_from":"rate[bob]"}',2266182703);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaac',9,'step.started',1,'2030-01-01T00:00:02.000000+00:00','p0xaaaaaaaaaaaaj','{"path":"rate[trudy]","attempt":1,"token":"p0xaaaaaaaaaaaai","input":{"value":{"args":{"name":"trudy"}}},"step_key":"60bd5f8c5fccfd00e1707291ed29d1116f90229b049a584e5c20d79c3dae776f","item":2,"code_hash":"ff1522c0ebc24e35"}',2696308299);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaac',10,'step.succeeded',1,'2030-01-01T00:00:03.000000+00:00','p0xaaaaaaaaaaaak','{"path":"rate[trudy]","attempt":1,"output":{"value":5}}',4207429895);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaac',11,'run.succeeded',1,'2030-01-01T00:00:03.000000+00:00','p0xaaaaaaaaaaaak','{"output":{"value":{"rate":[3,3,5]}}}',2939230878);
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
INSERT INTO "mn_run" VALUES('xaaaaaaaaaaaaaab','de6055589007bb06252f0022bc99afd3','rating','conformance.ipynb','','succeeded',9,1,NULL,'2030-01-01T00:00:00.000000+00:00','2030-01-01T00:00:01.000000+00:00','2030-01-01T00:00:01.000000+00:00',NULL,'0',1,1,1,0,0,3544930280);
INSERT INTO "mn_run" VALUES('xaaaaaaaaaaaaaac','de6055589007bb06252f0022bc99afd3','rating','conformance.ipynb','','succeeded',11,1,NULL,'2030-01-01T00:00:01.500000+00:00','2030-01-01T00:00:03.000000+00:00','2030-01-01T00:00:03.000000+00:00',NULL,'0',1,1,1,0,0,2682431928);
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
INSERT INTO "mn_workflow" VALUES('de6055589007bb06252f0022bc99afd3','rating','{"name":"rating","group":"rating","about":"","inputs":{"names":{"json_schema":{"type":"array","items":{"type":"string"}},"type_text":"list[str]","required":true,"default":null,"about":""}},"outputs":{},"model":null,"tools":[],"max_concurrency":8,"calls_per_minute":null,"steps":[{"name":"rate","needs":[],"uses":[],"when":null,"for_each":{"over":"inputs.names","item_name":"item","key":"item","concurrency":4,"max_items":1000,"on_error":"fail","quorum":null,"first":null},"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":5,"kind":"python","function":"rate","args":{"name":"{{ item }}"},"effect":"idempotent","isolation":"thread","output":null}],"children":{}}','','2030-01-01T00:00:00.000000+00:00',950244493);
CREATE INDEX mn_run_by_age ON mn_run (created_at);
CREATE INDEX mn_run_by_origin ON mn_run (origin, status);
CREATE INDEX mn_run_by_owner ON mn_run (owner);
CREATE INDEX mn_approval_by_status ON mn_approval (status, run_id);
CREATE INDEX mn_command_by_taken ON mn_command (taken, run_id);
CREATE INDEX mn_run_by_origin_and_age ON mn_run (origin, created_at DESC, id);
CREATE INDEX mn_run_by_wake ON mn_run (origin, status, wake_at, waiting);
CREATE INDEX mn_approval_by_age ON mn_approval (status, requested_at, id);
COMMIT;
