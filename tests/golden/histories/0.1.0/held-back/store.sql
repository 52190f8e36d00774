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
INSERT INTO "mn_attempt" VALUES('xaaaaaaaaaaaaaab','b','p0xaaaaaaaaaaaac');
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
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',1,'run.created',1,'2030-01-01T00:00:00.000000+00:00','created','{"workflow":"gently","workflow_hash":"1b7bb07eed83bb2c28d838c6e4fefa3a","origin":"conformance.ipynb","title":"","inputs":{"value":{}},"by":"ann","program":"0.1.0","budget":{"usd":"1","calls":200}}',644921677);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',2,'lease.taken',1,'2030-01-01T00:00:00.000000+00:00','lease-1','{"owner":"process-0","fence":1}',4125813986);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',3,'run.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaad','{}',3013431531);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',4,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaad','{"path":"a","attempt":1,"token":"p0xaaaaaaaaaaaab","input":{"value":{"prompt":"Say a.","tools":{}}},"step_key":"7cc77fd4bb7e493594425c89924c580f5c48ffa8b97231917eae13ecf6e3fcce"}',713750128);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',5,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaad','{"path":"b","attempt":1,"token":"p0xaaaaaaaaaaaac","input":{"value":{"prompt":"Say b.","tools":{}}},"step_key":"cd1c10896c2c3d1ee758a058968c04532f0996e606bca129e46917567f4c0ac9"}',1210774529);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',6,'model.requested',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaae','{"path":"a","attempt":1,"call_id":"a!1","model":"scripted:echo","messages":["37119710a3b79fe2","5f27c4afc9e53b98"],"request_hash":"0b00d620af02c9ff6eac033de149835e","max_tokens":2048,"estimate":{"usd":"0","tokens":2072}}',1685246427);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',7,'limit.waited',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaaf','{"path":"b","attempt":1,"limit":"`calls_per_minute: 1` of workflow ''gently''","until":"2030-01-01T00:01:00Z","ticket":"1893456060.0 0 0"}',850753056);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',8,'step.held',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaaf','{"path":"b","attempt":1,"until":"2030-01-01T00:01:00Z"}',1623804499);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',9,'model.responded',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaag','{"path":"a","call_id":"a!1","message":{"value":{"role":"assistant","content":"a","tool_calls":[],"tool_call_id":null}},"finish_reason":"stop","model":"scripted:echo","provider":"scripted","usage":{"input_tokens":21,"output_tokens":1},"price":{"usd":"0","source":"scripted","matched":"scripted:echo"},"latency_seconds":1.0,"scripted":true}',2026988954);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',10,'step.succeeded',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaah','{"path":"a","attempt":1,"output":{"value":"a"}}',64032784);
CREATE TABLE mn_load (
	"key" VARCHAR NOT NULL, 
	trouble BOOLEAN NOT NULL, 
	body TEXT NOT NULL, 
	until FLOAT NOT NULL, 
	seal BIGINT, 
	PRIMARY KEY ("key")
);
INSERT INTO "mn_load" VALUES('run:xaaaaaaaaaaaaaab/gently',0,'{"at": 1893456000.0, "until": 1893456120.0, "requests": [[1893456000.0, 1.0], [1893456060.0, 1]]}',1893456120.0,1185855793);
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
INSERT INTO "mn_process" VALUES('process-0',1,'host','','conformance.ipynb','2030-01-01T00:00:00.000000+00:00',2,0);
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
INSERT INTO "mn_run" VALUES('xaaaaaaaaaaaaaab','1b7bb07eed83bb2c28d838c6e4fefa3a','gently','conformance.ipynb','','waiting',10,1,NULL,'2030-01-01T00:00:00.000000+00:00','2030-01-01T00:00:01.000000+00:00',NULL,'2030-01-01T00:01:00.000000+00:00','0',1,1,2,0,1,2532095258);
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
INSERT INTO "mn_spending" VALUES('2030-01-01','',0,22,1,'{}');
INSERT INTO "mn_spending" VALUES('2030-01-01','gently',0,22,1,'{}');
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
INSERT INTO "mn_workflow" VALUES('1b7bb07eed83bb2c28d838c6e4fefa3a','gently','{"name":"gently","group":"gently","about":"","inputs":{},"outputs":{},"model":null,"tools":[],"servers":{},"max_concurrency":8,"calls_per_minute":1,"policy":[],"budget":null,"cheaper":null,"steps":[{"name":"a","needs":[],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":4,"kind":"agent","prompt":"Say a.","model":null,"tools":[],"turns":8,"output":null,"budget":null},{"name":"b","needs":[],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":5,"kind":"agent","prompt":"Say b.","model":null,"tools":[],"turns":8,"output":null,"budget":null}],"children":{}}','','2030-01-01T00:00:00.000000+00:00',857246872);
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
