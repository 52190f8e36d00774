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
INSERT INTO "mn_approval" VALUES('p0xaaaaaaaaaaaad','xaaaaaaaaaaaaaab','post','call','decided','May ''post'' be called? It writes.','2030-01-01T00:00:00.000000+00:00',NULL,'approve','ann','2030-01-01T03:00:00.500000+00:00');
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
INSERT INTO "mn_command" VALUES('xaaaaaaaaaaaaaac','xaaaaaaaaaaaaaab','delegate','{"approval_id": "p0xaaaaaaaaaaaad", "to": "eve", "because": "she knows it"}','ann','python','2030-01-01T01:01:01.500000+00:00',1,1791385988);
INSERT INTO "mn_command" VALUES('xaaaaaaaaaaaaaad','xaaaaaaaaaaaaaab','decide','{"approval_id": "p0xaaaaaaaaaaaad", "decision": "approve", "edits": {}, "because": "", "value": null, "always": false, "verified": false}','ann','python','2030-01-01T03:00:00.500000+00:00',1,2882984272);
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
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',1,'run.created',1,'2030-01-01T00:00:00.000000+00:00','created','{"workflow":"posting","workflow_hash":"50ec3e22010305c116420e4ee2f46ec4","origin":"conformance.ipynb","title":"","inputs":{"value":{}},"by":"ann","code":[{"name":"post","hash":"1a30aefde5516efd","module":"tests.conformance.world","environment":{"python":"3.11.7"}}],"program":"0.1.0","budget":{"usd":"1","calls":200}}',1623516135);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',2,'lease.taken',1,'2030-01-01T00:00:00.000000+00:00','lease-1','{"owner":"process-0","fence":1}',4125813986);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',3,'run.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{}',776628306);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',4,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{"path":"post","attempt":1,"token":"p0xaaaaaaaaaaaab","input":{"value":{"args":{"text":"hello"}}},"step_key":"1fc98d5dd78e00c671520ef723fa4a6ba13f2356b52e8477ada13aab929c3f58","code_hash":"1a30aefde5516efd"}',588867334);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',5,'tool.judged',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaae','{"path":"post","attempt":1,"call_id":"post!1","tool":"post","effect":"write","args":{"value":{"text":"hello"}},"args_hash":"362fa705317f1c7787954ed56516166dd93fa32cba2b510a2d24cd40cfe00084","key":"mn-87545a32af9137de2cbaf9f904e439f2","verdict":"ask","because":"it needs a person''s word by the workflow''s policy: every write tool: 1 approval, after 1 h: escalate","rules":["the workflow''s policy: every write tool: 1 approval, after 1 h: escalate"]}',736461549);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',6,'approval.requested',2,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaae','{"approval_id":"p0xaaaaaaaaaaaad","path":"post","attempt":1,"subject":"call","prompt":"May ''post'' be called? It writes.","calls":[{"call_id":"post!1","tool":"post","effect":"write","args":{"value":{"text":"hello"}},"args_hash":"362fa705317f1c7787954ed56516166dd93fa32cba2b510a2d24cd40cfe00084","key":"mn-87545a32af9137de2cbaf9f904e439f2"}],"expires_at":"2030-01-01T01:00:00Z","then":"escalate","to":"the editor","form":{"additionalProperties":false,"properties":{"text":{}},"required":["text"],"type":"object"},"because":"it needs a person''s word by the workflow''s policy: every write tool: 1 approval, after 1 h: escalate","cost_usd":"0"}',382853342);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',7,'lease.taken',1,'2030-01-01T01:00:01.000000+00:00','lease-2','{"owner":"process-0","fence":2}',2634499889);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',8,'approval.escalated',1,'2030-01-01T01:00:01.000000+00:00','p0xaaaaaaaaaaaaf','{"approval_id":"p0xaaaaaaaaaaaad","path":"post","to":"the editor"}',1673507897);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',9,'lease.taken',1,'2030-01-01T02:59:59.500000+00:00','lease-3','{"owner":"process-0","fence":3}',457490701);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',10,'approval.delegated',1,'2030-01-01T02:59:59.500000+00:00','p0xaaaaaaaaaaaag','{"approval_id":"p0xaaaaaaaaaaaad","path":"post","to":"eve","by":"ann","because":"she knows it","command_id":"xaaaaaaaaaaaaaac"}',4233035948);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',11,'lease.taken',1,'2030-01-01T03:00:01.000000+00:00','lease-4','{"owner":"process-0","fence":4}',450401779);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',12,'approval.decided',2,'2030-01-01T03:00:01.000000+00:00','p0xaaaaaaaaaaaah','{"approval_id":"p0xaaaaaaaaaaaad","path":"post","decision":"approve","by":"ann","via":"python","decided_at":"2030-01-01T03:00:00.500000Z","authorised":["362fa705317f1c7787954ed56516166dd93fa32cba2b510a2d24cd40cfe00084"],"command_id":"xaaaaaaaaaaaaaad"}',3495182881);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',13,'step.resumed',1,'2030-01-01T03:00:01.000000+00:00','p0xaaaaaaaaaaaah','{"path":"post","attempt":1,"token":"p0xaaaaaaaaaaaab"}',528264332);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',14,'tool.started',1,'2030-01-01T03:00:01.000000+00:00','p0xaaaaaaaaaaaai','{"path":"post","attempt":1,"call_id":"post!1","tool":"post","effect":"write","args":{"value":{"text":"hello"}},"args_hash":"362fa705317f1c7787954ed56516166dd93fa32cba2b510a2d24cd40cfe00084","key":"mn-87545a32af9137de2cbaf9f904e439f2"}',1533647475);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',15,'tool.succeeded',1,'2030-01-01T03:00:02.000000+00:00','p0xaaaaaaaaaaaaj','{"path":"post","call_id":"post!1","output":{"value":"posted"},"latency_seconds":1.0}',3489623078);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',16,'step.succeeded',1,'2030-01-01T03:00:02.000000+00:00','p0xaaaaaaaaaaaaj','{"path":"post","attempt":1,"output":{"value":"posted"}}',3904810724);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',17,'run.succeeded',1,'2030-01-01T03:00:02.000000+00:00','p0xaaaaaaaaaaaaj','{"output":{"value":{"post":"posted"}}}',3758563093);
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
INSERT INTO "mn_process" VALUES('process-0',1,'host','','conformance.ipynb','2030-01-01T00:00:00.000000+00:00',5,0);
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
INSERT INTO "mn_run" VALUES('xaaaaaaaaaaaaaab','50ec3e22010305c116420e4ee2f46ec4','posting','conformance.ipynb','','succeeded',17,4,NULL,'2030-01-01T00:00:00.000000+00:00','2030-01-01T03:00:02.000000+00:00','2030-01-01T03:00:02.000000+00:00',NULL,'0',1,1,1,0,0,3131376268);
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
INSERT INTO "mn_workflow" VALUES('50ec3e22010305c116420e4ee2f46ec4','posting','{"name":"posting","group":"posting","about":"","inputs":{},"outputs":{},"model":null,"tools":[],"servers":{},"max_concurrency":8,"calls_per_minute":null,"policy":[{"tool":"*","effect":"write","group":"*","when":null,"approvals":1,"deny":false,"because":"","expires":{"after_seconds":3600.0,"then":"escalate","to":"the editor"}}],"budget":null,"cheaper":null,"steps":[{"name":"post","needs":[],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":5,"kind":"tool","tool":"post","args":{"text":"hello"},"output":null}],"children":{}}','','2030-01-01T00:00:00.000000+00:00',3061175548);
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
