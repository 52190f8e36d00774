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
INSERT INTO "mn_attempt" VALUES('xaaaaaaaaaaaaaab','letter[eve]#2/write','p0xaaaaaaaaaaaaf');
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
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',1,'run.created',1,'2030-01-01T00:00:00.000000+00:00','created','{"workflow":"all_letters","workflow_hash":"67a89409f0a4250f47c8c261159dcb26","origin":"conformance.ipynb","title":"","inputs":{"value":{"names":["eve","bob"]}},"by":"ann","code":[{"name":"count","hash":"613da6a73eba1909","module":"tests.conformance.world","effect":"idempotent","environment":{"python":"3.11.7"}}],"program":"0.1.0"}',2494082758);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',2,'lease.taken',1,'2030-01-01T00:00:00.000000+00:00','lease-1','{"owner":"process-0","fence":1}',4125813986);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',3,'run.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaad','{}',3013431531);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',4,'step.expanded',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaad','{"path":"letter","items":{"value":["eve","bob"]},"keys":["eve","bob"]}',3199128622);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',5,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaad','{"path":"letter[eve]","attempt":1,"token":"","input":{"value":{"args":{"name":"eve","before":0}}},"step_key":"7df8a3aec33d3bc32412f4f7962b374f91140e87a4d0132d26c9da5395f593d8","item":0}',59973714);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',6,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaad','{"path":"letter[bob]","attempt":1,"token":"","input":{"value":{"args":{"name":"bob","before":0}}},"step_key":"fec6222e494dde2b0726853b3906cf5e02c23435ccd348db7e7ec6b0fc719f8f","item":1}',4048472034);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',7,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaad','{"path":"letter[eve]/write","attempt":1,"token":"p0xaaaaaaaaaaaab","input":{"value":{"args":{"name":"eve","n":0}}},"step_key":"de1dd23a6d8850026b840a74976bbd9d873f19cf4659fb0ba4740f63e40480a8","code_hash":"f5d642a337688fd9","node":"letter[eve]/write"}',3560676613);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',8,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaad','{"path":"letter[bob]/write","attempt":1,"token":"p0xaaaaaaaaaaaac","input":{"value":{"args":{"name":"bob","n":0}}},"step_key":"8062a3903fefddf8e625302f283ffa5e5583c07cb3b16db6b0da0565b0aed441","code_hash":"f5d642a337688fd9","node":"letter[bob]/write"}',1497530292);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',9,'step.succeeded',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaae','{"path":"letter[bob]/write","attempt":1,"output":{"value":{"score":2}}}',3619777682);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',10,'step.succeeded',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaae','{"path":"letter[bob]","attempt":1,"output":{"value":{"score":2}}}',891927889);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',11,'step.iterated',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaae','{"path":"letter[bob]","holds":true,"again":false}',3011024799);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',12,'step.succeeded',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaag','{"path":"letter[eve]/write","attempt":1,"output":{"value":{"score":1}}}',2487467658);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',13,'step.succeeded',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaag','{"path":"letter[eve]","attempt":1,"output":{"value":{"score":1}}}',2330950027);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',14,'step.iterated',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaag','{"path":"letter[eve]","holds":false,"again":true}',157583367);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',15,'step.started',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaag','{"path":"letter[eve]#2","attempt":1,"token":"","input":{"value":{"args":{"name":"eve","before":1}}},"step_key":"d875ce8822eab75c22a567dec52563ada5e8fe10d9a23e095a26623cce89ae6a","item":0,"iteration":2}',4070087616);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',16,'step.started',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaag','{"path":"letter[eve]#2/write","attempt":1,"token":"p0xaaaaaaaaaaaaf","input":{"value":{"args":{"name":"eve","n":1}}},"step_key":"eaf4b506b31fe204d46016defa954b4282098bfa50d13c429f3481905a528281","code_hash":"f5d642a337688fd9","node":"letter[eve]#2/write"}',2920330951);
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
INSERT INTO "mn_run" VALUES('xaaaaaaaaaaaaaab','67a89409f0a4250f47c8c261159dcb26','all_letters','conformance.ipynb','','running',16,1,'process-0','2030-01-01T00:00:00.000000+00:00','2030-01-01T00:00:01.000000+00:00',NULL,NULL,'0',1,0,2,0,0,3064578504);
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
INSERT INTO "mn_workflow" VALUES('67a89409f0a4250f47c8c261159dcb26','all_letters','{"name":"all_letters","group":"all_letters","about":"","inputs":{"names":{"json_schema":{"type":"array","items":{"type":"string"}},"type_text":"list[str]","required":true,"default":null,"about":""}},"outputs":{},"model":null,"tools":[],"max_concurrency":8,"calls_per_minute":null,"steps":[{"name":"letter","needs":[],"uses":[],"when":null,"for_each":{"over":"inputs.names","item_name":"item","key":"item","concurrency":4,"max_items":1000,"on_error":"fail","quorum":null,"first":null},"repeat":{"until":"letter.score >= 2","at_most":3},"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":null,"line":5,"kind":"workflow","workflow":"letter","args":{"name":"{{ item }}","before":"{{ previous.score if previous else 0 }}"}},{"name":"count","needs":["letter"],"uses":["letter"],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":12,"kind":"python","function":"count","args":{"of":"{{ letter }}"},"effect":"idempotent","isolation":"thread","output":null}],"children":{"letter":{"name":"letter","group":"letter","about":"","inputs":{"name":{"json_schema":{"type":"string"},"type_text":"str","required":true,"default":null,"about":""},"before":{"json_schema":{"type":"integer"},"type_text":"int","required":true,"default":null,"about":""}},"outputs":{"score":"{{ write.score }}"},"model":null,"tools":[],"max_concurrency":8,"calls_per_minute":null,"steps":[{"name":"write","needs":[],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":5,"kind":"python","function":"write","args":{"name":"{{ inputs.name }}","n":"{{ inputs.before }}"},"effect":"idempotent","isolation":"thread","output":null}],"children":{}}}}','','2030-01-01T00:00:00.000000+00:00',3686950348);
CREATE INDEX mn_run_by_age ON mn_run (created_at);
CREATE INDEX mn_run_by_origin ON mn_run (origin, status);
CREATE INDEX mn_run_by_owner ON mn_run (owner);
CREATE INDEX mn_approval_by_status ON mn_approval (status, run_id);
CREATE INDEX mn_command_by_taken ON mn_command (taken, run_id);
CREATE INDEX mn_run_by_origin_and_age ON mn_run (origin, created_at DESC, id);
CREATE INDEX mn_run_by_wake ON mn_run (origin, status, wake_at, waiting);
CREATE INDEX mn_approval_by_age ON mn_approval (status, requested_at, id);
COMMIT;
