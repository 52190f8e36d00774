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
INSERT INTO "mn_approval" VALUES('p0xaaaaaaaaaaaah','xaaaaaaaaaaaaaab','tell','approve','open','Good?','2030-01-01T00:00:02.000000+00:00',NULL,NULL,NULL,NULL);
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
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',1,'run.created',1,'2030-01-01T00:00:00.000000+00:00','created','{"workflow":"values","workflow_hash":"cecee1e3b59959db8b46c74e9474364a","origin":"conformance.ipynb","title":"Ähre","inputs":{"value":{"title":"Ähre"}},"by":"ann","code":[{"name":"count","hash":"613da6a73eba1909","module":"tests.conformance.world","effect":"idempotent","environment":{"python":"3.11.7"}},{"name":"last","hash":"d41140551cea8a8a","module":"tests.conformance.world","effect":"idempotent","environment":{"python":"3.11.7"}},{"name":"long","hash":"4e48ca02f49f5a80","module":"tests.conformance.world","effect":"idempotent","environment":{"python":"3.11.7"}},{"name":"pandas:DataFrame","hash":"5732da6875749fe6","module":"pandas","effect":"idempotent","environment":{"python":"3.11.7","pandas":"3.1.1"}}],"program":"0.1.0"}',3958211225);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',2,'lease.taken',1,'2030-01-01T00:00:00.000000+00:00','lease-1','{"owner":"process-0","fence":1}',4125813986);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',3,'run.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaad','{}',3013431531);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',4,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaad','{"path":"frame","attempt":1,"token":"p0xaaaaaaaaaaaab","input":{"value":{"args":{"data":{"name":["Acme","Bolt"],"eu":[true,false]}}}},"step_key":"075035683bb09aeba6592ea5d86e0875950cd39fa01620907e03561ede70392a","code_hash":"5732da6875749fe6"}',4273838405);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',5,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaad','{"path":"long","attempt":1,"token":"p0xaaaaaaaaaaaac","input":{"value":{"args":{"title":"Ähre"}}},"step_key":"490e87b191728e6a4a906b4184a28f40ab38c22d9a8d96a87a7d4b25ec99aeb7","code_hash":"4e48ca02f49f5a80"}',1375942420);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',6,'step.succeeded',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaae','{"path":"frame","attempt":1,"output":{"artifact":"90a4e4069ccbfbcd267e49ef62074eb9afe2a25d9f0d6053bc078ef714580573","size":1557,"media":"application/vnd.apache.parquet","sketch":{"rows":2,"width":2,"columns":[["name","str"],["eu","bool"]],"first":[["Acme",true],["Bolt",false]]}}}',751689506);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',7,'note.added',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaag','{"path":"long","text":"writing\n…\n"}',770958868);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',8,'step.succeeded',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaag','{"path":"long","attempt":1,"output":{"artifact":"51a7bcb4a175af4107d21f37eedba478ca621dc463db627cfe1d95a89fd03057","size":69760}}',3061227839);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',9,'step.started',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaag','{"path":"count","attempt":1,"token":"p0xaaaaaaaaaaaaf","input":{"artifact":"d89c80c42aec828784ca6ff0784466fe1b4e4a61111f2fb91c277a050baaa584","size":69787},"step_key":"a0324f4a079d958d7adf321771ca0ed3c3bbaaa5f372dc419a0addbcfaa8f800","code_hash":"613da6a73eba1909"}',2481814277);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',10,'step.succeeded',1,'2030-01-01T00:00:02.000000+00:00','p0xaaaaaaaaaaaai','{"path":"count","attempt":1,"output":{"value":[2,69757]}}',1943949700);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',11,'step.started',1,'2030-01-01T00:00:02.000000+00:00','p0xaaaaaaaaaaaai','{"path":"tell","attempt":1,"token":"","input":{"value":{"prompt":"Good?","shown":{"count":[2,69757]}}},"step_key":"2fd243e795f5160b73f299fd73155a1e5eb4ace31a85f99fa2e4f5621c453223"}',1086812308);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',12,'approval.requested',1,'2030-01-01T00:00:02.000000+00:00','p0xaaaaaaaaaaaai','{"approval_id":"p0xaaaaaaaaaaaah","path":"tell","attempt":1,"subject":"approve","prompt":"Good?","shown":{"value":{"count":[2,69757]}}}',2554933088);
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
INSERT INTO "mn_run" VALUES('xaaaaaaaaaaaaaab','cecee1e3b59959db8b46c74e9474364a','values','conformance.ipynb','Ähre','waiting',12,1,NULL,'2030-01-01T00:00:00.000000+00:00','2030-01-01T00:00:02.000000+00:00',NULL,NULL,'0',1,3,5,1,0,2172939820);
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
INSERT INTO "mn_workflow" VALUES('cecee1e3b59959db8b46c74e9474364a','values','{"name":"values","group":"values","about":"","inputs":{"title":{"json_schema":{"type":"string"},"type_text":"str","required":true,"default":null,"about":""}},"outputs":{},"model":null,"tools":[],"max_concurrency":8,"calls_per_minute":null,"steps":[{"name":"frame","needs":[],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":5,"kind":"python","function":"pandas:DataFrame","args":{"data":{"name":["Acme","Bolt"],"eu":[true,false]}},"effect":"idempotent","isolation":"thread","output":null},{"name":"long","needs":[],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":6,"kind":"python","function":"long","args":{"title":"{{ inputs.title }}"},"effect":"idempotent","isolation":"thread","output":null},{"name":"count","needs":["frame","long"],"uses":["frame","long"],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":7,"kind":"python","function":"count","args":{"rows":"{{ frame | length }}","text":"{{ long }}"},"effect":"idempotent","isolation":"thread","output":null},{"name":"tell","needs":["count"],"uses":["count"],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":8,"kind":"approve","prompt":"Good?","authorises":null,"show":["count"],"edit":[],"expires":null,"on_reject":null},{"name":"last","needs":["tell"],"uses":["tell"],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":9,"kind":"python","function":"last","args":{"n":"{{ tell.count }}"},"effect":"idempotent","isolation":"thread","output":null}],"children":{}}','','2030-01-01T00:00:00.000000+00:00',1911478946);
CREATE INDEX mn_run_by_age ON mn_run (created_at);
CREATE INDEX mn_run_by_origin ON mn_run (origin, status);
CREATE INDEX mn_run_by_owner ON mn_run (owner);
CREATE INDEX mn_approval_by_status ON mn_approval (status, run_id);
CREATE INDEX mn_command_by_taken ON mn_command (taken, run_id);
CREATE INDEX mn_run_by_origin_and_age ON mn_run (origin, created_at DESC, id);
CREATE INDEX mn_run_by_wake ON mn_run (origin, status, wake_at, waiting);
CREATE INDEX mn_approval_by_age ON mn_approval (status, requested_at, id);
COMMIT;
