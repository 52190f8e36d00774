BEGIN TRANSACTION;
CREATE TABLE mn_answer (
	name VARCHAR NOT NULL, 
	run_id VARCHAR NOT NULL, 
	seq INTEGER NOT NULL, 
	at VARCHAR(32) NOT NULL, 
	PRIMARY KEY (name, run_id)
)
 WITHOUT ROWID

;
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
	decided_at VARCHAR(32), escalated_at VARCHAR(32), escalated_to TEXT, 
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
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',1,'run.created',1,'2030-01-01T00:00:00.000000+00:00','created','{"workflow":"busy_model","workflow_hash":"0cd63d6ec1f73276ec99d0d3daf4a5b6","origin":"conformance.ipynb","title":"","inputs":{"value":{}},"by":"ann","program":"0.1.0","budget":{"usd":"1","calls":200}}',3676570921);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',2,'lease.taken',1,'2030-01-01T00:00:00.000000+00:00','lease-1','{"owner":"process-0","fence":1}',4125813986);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',3,'run.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{}',776628306);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',4,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{"path":"say","attempt":1,"token":"p0xaaaaaaaaaaaab","input":{"value":{"prompt":"Say hello.","tools":{}}},"step_key":"7a6af22de33fea40e32a3bdcd6cd6ee8ccd6eba545f040aa03f3aafe498ab866"}',1631691533);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',5,'model.requested',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{"path":"say","attempt":1,"call_id":"say!1","model":"scripted:echo","messages":["37119710a3b79fe2","349cba0912e085c7"],"request_hash":"61780c07153f0649adad6afd4a82ea52","max_tokens":2048,"estimate":{"usd":"0","tokens":2073},"tool_mode":"native"}',2587312627);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',6,'model.failed',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaad','{"path":"say","call_id":"say!1","error":{"type":"TransientError","message":"scripted status: slow down (HTTP 429)","retry_after_seconds":30.0,"later":true},"latency_seconds":1.0}',3260707889);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',7,'step.failed',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaad','{"path":"say","attempt":1,"error":{"type":"TransientError","message":"scripted status: slow down (HTTP 429)","retry_after_seconds":30.0,"later":true},"final":false,"put_off":true}',3734582162);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',8,'step.retry_scheduled',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaad','{"path":"say","attempt":2,"at":"2030-01-01T00:00:31Z"}',2990317194);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',9,'step.started',1,'2030-01-01T00:00:31.000000+00:00','p0xaaaaaaaaaaaaf','{"path":"say","attempt":2,"token":"p0xaaaaaaaaaaaae","input":{"value":{"prompt":"Say hello.","tools":{}}},"step_key":"7a6af22de33fea40e32a3bdcd6cd6ee8ccd6eba545f040aa03f3aafe498ab866"}',392309841);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',10,'model.requested',1,'2030-01-01T00:00:31.000000+00:00','p0xaaaaaaaaaaaag','{"path":"say","attempt":2,"call_id":"say!2","model":"scripted:echo","messages":["37119710a3b79fe2","349cba0912e085c7"],"request_hash":"61780c07153f0649adad6afd4a82ea52","max_tokens":2048,"estimate":{"usd":"0","tokens":2073},"tool_mode":"native"}',2534100663);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',11,'model.responded',1,'2030-01-01T00:00:32.000000+00:00','p0xaaaaaaaaaaaah','{"path":"say","call_id":"say!2","message":{"value":{"role":"assistant","content":"Hello","tool_calls":[],"tool_call_id":null}},"finish_reason":"stop","model":"scripted:echo","provider":"scripted","usage":{"input_tokens":22,"output_tokens":2},"price":{"usd":"0","source":"scripted","matched":"scripted:echo"},"latency_seconds":1.0,"scripted":true}',2808064846);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',12,'step.succeeded',1,'2030-01-01T00:00:32.000000+00:00','p0xaaaaaaaaaaaai','{"path":"say","attempt":2,"output":{"value":"Hello"}}',4162128280);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',13,'run.succeeded',1,'2030-01-01T00:00:32.000000+00:00','p0xaaaaaaaaaaaai','{"output":{"value":{"say":"Hello"}}}',2773192698);
CREATE TABLE mn_load (
	"key" VARCHAR NOT NULL, 
	trouble BOOLEAN NOT NULL, 
	body TEXT NOT NULL, 
	until FLOAT NOT NULL, 
	seal BIGINT, 
	PRIMARY KEY ("key")
);
INSERT INTO "mn_load" VALUES('pace:scripted/scripted:echo',1,'{"per_minute": 30.0, "peak": 60.0, "lowered_at": 1893456001.0, "next_at": 1893456033.0, "closed_until": 1893456031.0, "epoch": 1, "ahead": [], "at": 1893456031.0, "until": 1893456633.0}',1893456633.0,2402019681);
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
INSERT INTO "mn_migration" VALUES('0008_answers','2030-01-01T00:00:00.000000+00:00',0);
INSERT INTO "mn_migration" VALUES('0009_escalations','2030-01-01T00:00:00.000000+00:00',0);
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
INSERT INTO "mn_process" VALUES('process-0',1,'host','','conformance.ipynb','2030-01-01T00:00:00.000000+00:00',3,0);
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
INSERT INTO "mn_run" VALUES('xaaaaaaaaaaaaaab','0cd63d6ec1f73276ec99d0d3daf4a5b6','busy_model','conformance.ipynb','','succeeded',13,1,NULL,'2030-01-01T00:00:00.000000+00:00','2030-01-01T00:00:32.000000+00:00','2030-01-01T00:00:32.000000+00:00',NULL,'0',1,1,1,0,1,3365238012);
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
INSERT INTO "mn_spending" VALUES('2030-01-01','',0,24,2,'{}');
INSERT INTO "mn_spending" VALUES('2030-01-01','busy_model',0,24,2,'{}');
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
INSERT INTO "mn_workflow" VALUES('0cd63d6ec1f73276ec99d0d3daf4a5b6','busy_model','{"name":"busy_model","group":"busy_model","about":"","inputs":{},"outputs":{},"model":null,"ladder":[],"tools":[],"servers":{},"max_concurrency":8,"calls_per_minute":null,"policy":[],"budget":null,"cheaper":null,"steps":[{"name":"say","needs":[],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":3,"kind":"agent","prompt":"Say hello.","model":null,"ladder":[],"unsure":null,"tools":[],"turns":8,"output":null,"budget":null,"cache":null,"names_item":false,"long_results":{"over":8000,"then":"cut","model":null}}],"children":{}}','','2030-01-01T00:00:00.000000+00:00',1063885585);
CREATE INDEX mn_run_by_age ON mn_run (created_at);
CREATE INDEX mn_run_by_origin ON mn_run (origin, status);
CREATE INDEX mn_run_by_owner ON mn_run (owner);
CREATE INDEX mn_approval_by_status ON mn_approval (status, run_id);
CREATE INDEX mn_command_by_taken ON mn_command (taken, run_id);
CREATE INDEX mn_run_by_origin_and_age ON mn_run (origin, created_at DESC, id);
CREATE INDEX mn_run_by_wake ON mn_run (origin, status, wake_at, waiting);
CREATE INDEX mn_approval_by_age ON mn_approval (status, requested_at, id);
CREATE INDEX mn_notice_by_outcome ON mn_notice (outcome);
CREATE INDEX ix_mn_answer_run_id ON mn_answer (run_id);
COMMIT;
