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
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',1,'run.created',1,'2030-01-01T00:00:00.000000+00:00','created','{"workflow":"tolerant","workflow_hash":"5260925f293d74f97c8e30b954154d31","origin":"conformance.ipynb","title":"","inputs":{"value":{}},"by":"ann","code":[{"name":"check","hash":"bfe5860dd5aedcde","module":"tests.conformance.world","effect":"idempotent","environment":{"python":"3.11.7"}},{"name":"report","hash":"8a398d683deb9a7b","module":"tests.conformance.world","effect":"idempotent","environment":{"python":"3.11.7"}}],"program":"0.1.0"}',2572259765);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',2,'lease.taken',1,'2030-01-01T00:00:00.000000+00:00','lease-1','{"owner":"process-0","fence":1}',4125813986);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',3,'run.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaae','{}',186726286);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',4,'step.expanded',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaae','{"path":"check","items":{"value":[1,2,3]},"keys":["0","1","2"]}',2140021856);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',5,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaae','{"path":"check[0]","attempt":1,"token":"p0xaaaaaaaaaaaab","input":{"value":{"args":{"n":1}}},"step_key":"84bba8fa2ebdf490079511d2b056c3a1c754c7289e32f19d460c393cfd996bec","item":0,"code_hash":"bfe5860dd5aedcde"}',2376756260);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',6,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaae','{"path":"check[1]","attempt":1,"token":"p0xaaaaaaaaaaaac","input":{"value":{"args":{"n":2}}},"step_key":"a2afc9d140a57781171e72fd1215a0a28b656fbd8618790df7834592d064e793","item":1,"code_hash":"bfe5860dd5aedcde"}',639326342);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',7,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaae','{"path":"check[2]","attempt":1,"token":"p0xaaaaaaaaaaaad","input":{"value":{"args":{"n":3}}},"step_key":"ef6b0453a93485139b5e97a2ab7161a0e8870d9dfdd3e2fbe521a1345f072f7d","item":2,"code_hash":"bfe5860dd5aedcde"}',329070715);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',8,'step.failed',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaaf','{"path":"check[1]","attempt":1,"error":{"type":"PermanentError","message":"PermanentError: two is wrong","permanent":true,"detail":"  File \"/mn_notebook/mn_notebook/agents/calling.py\", line 121, in _call_here\n    value = function(**handed(function, copy.deepcopy(arguments)))\n            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n  File \"/mn_notebook/tests/conformance/world.py\", line 80, in <lambda>\n    return await call_here(lambda **args: self.do(doing, args), arguments)\n                                          ^^^^^^^^^^^^^^^^^^^^\n  File \"/mn_notebook/tests/conformance/world.py\", line 89, in do\n    raise PermanentError(message)\nmn_notebook.errors.PermanentError: two is wrong\n"},"final":true}',2822926060);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',9,'step.succeeded',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaag','{"path":"check[0]","attempt":1,"output":{"value":1}}',2331897916);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',10,'step.succeeded',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaai','{"path":"check[2]","attempt":1,"output":{"value":3}}',3770729150);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',11,'step.started',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaai','{"path":"report","attempt":1,"token":"p0xaaaaaaaaaaaah","input":{"value":{"args":{"good":[1,3],"bad":["PermanentError: two is wrong"]}}},"step_key":"3db8060c78bda256d8f73f2972c8b2a2753eabbee5d123477a6768e3f6e56e11","code_hash":"8a398d683deb9a7b"}',2175899494);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',12,'step.succeeded',1,'2030-01-01T00:00:02.000000+00:00','p0xaaaaaaaaaaaaj','{"path":"report","attempt":1,"output":{"value":{"good":[1,3],"bad":["PermanentError: two is wrong"]}}}',2061659455);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',13,'run.succeeded',1,'2030-01-01T00:00:02.000000+00:00','p0xaaaaaaaaaaaaj','{"output":{"value":{"report":{"good":[1,3],"bad":["PermanentError: two is wrong"]}}}}',3192044853);
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
INSERT INTO "mn_run" VALUES('xaaaaaaaaaaaaaab','5260925f293d74f97c8e30b954154d31','tolerant','conformance.ipynb','','succeeded',13,1,NULL,'2030-01-01T00:00:00.000000+00:00','2030-01-01T00:00:02.000000+00:00','2030-01-01T00:00:02.000000+00:00',NULL,'0',1,2,2,0,0,1578257583);
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
INSERT INTO "mn_workflow" VALUES('5260925f293d74f97c8e30b954154d31','tolerant','{"name":"tolerant","group":"tolerant","about":"","inputs":{},"outputs":{},"model":null,"tools":[],"max_concurrency":8,"calls_per_minute":null,"steps":[{"name":"check","needs":[],"uses":[],"when":null,"for_each":{"over":"[1, 2, 3]","item_name":"item","key":null,"concurrency":4,"max_items":1000,"on_error":"collect","quorum":null,"first":null},"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":3,"kind":"python","function":"check","args":{"n":"{{ item }}"},"effect":"idempotent","isolation":"thread","output":null},{"name":"report","needs":["check"],"uses":["check"],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":8,"kind":"python","function":"report","args":{"good":"{{ check }}","bad":"{{ check.rows | selectattr(''status'', ''equalto'', ''failed'') | map(attribute=''error'') | list }}"},"effect":"idempotent","isolation":"thread","output":null}],"children":{}}','','2030-01-01T00:00:00.000000+00:00',2419167814);
CREATE INDEX mn_run_by_age ON mn_run (created_at);
CREATE INDEX mn_run_by_origin ON mn_run (origin, status);
CREATE INDEX mn_run_by_owner ON mn_run (owner);
CREATE INDEX mn_approval_by_status ON mn_approval (status, run_id);
CREATE INDEX mn_command_by_taken ON mn_command (taken, run_id);
CREATE INDEX mn_run_by_origin_and_age ON mn_run (origin, created_at DESC, id);
CREATE INDEX mn_run_by_wake ON mn_run (origin, status, wake_at, waiting);
CREATE INDEX mn_approval_by_age ON mn_approval (status, requested_at, id);
COMMIT;
