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
INSERT INTO "mn_approval" VALUES('p0xaaaaaaaaaaaae','xaaaaaaaaaaaaaab','post','call','decided','May ''post'' be called? It writes.','2030-01-01T00:00:01.000000+00:00',NULL,'approve','ann','2030-01-01T01:00:01.500000+00:00');
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
INSERT INTO "mn_command" VALUES('xaaaaaaaaaaaaaac','xaaaaaaaaaaaaaab','decide','{"approval_id": "p0xaaaaaaaaaaaae", "decision": "approve", "edits": {"text": "Good evening"}, "because": "", "value": null, "always": false, "verified": false}','ann','python','2030-01-01T01:00:01.500000+00:00',1,735823580);
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
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',1,'run.created',1,'2030-01-01T00:00:00.000000+00:00','created','{"workflow":"posting","workflow_hash":"37c805788a1fc2bb4c62356fd80d5d88","origin":"conformance.ipynb","title":"","inputs":{"value":{}},"by":"ann","code":[{"name":"post","hash":"1a30aefde5516efd","module":"tests.conformance.world","environment":{"python":"3.11.7"}}],"program":"0.1.0","budget":{"usd":"1","calls":200}}',4212848724);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',2,'lease.taken',1,'2030-01-01T00:00:00.000000+00:00','lease-1','{"owner":"process-0","fence":1}',4125813986);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',3,'run.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{}',776628306);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',4,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{"path":"post","attempt":1,"token":"p0xaaaaaaaaaaaab","input":{"value":{"prompt":"Post hello.","tools":{"post":{}}}},"step_key":"23fd5109807e222a7820c6bc53bb6dbeb385989faf8c96db33e0f96ff933f996"}',4134743760);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',5,'model.requested',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{"path":"post","attempt":1,"call_id":"post!1","model":"scripted:echo","messages":["37119710a3b79fe2","bdb3990f94bd81bc"],"request_hash":"6cc5bcb970a530d66c1520c9572769ea","max_tokens":2048,"estimate":{"usd":"0","tokens":2139}}',1121012424);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',6,'model.responded',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaad','{"path":"post","call_id":"post!1","message":{"value":{"role":"assistant","content":"A greeting.","tool_calls":[{"id":"call_99244595_0","name":"post","arguments":"{\"text\": \"hello\"}"}],"tool_call_id":null}},"finish_reason":"tool_calls","model":"scripted:echo","provider":"scripted","usage":{"input_tokens":22,"output_tokens":8},"price":{"usd":"0","source":"scripted","matched":"scripted:echo"},"latency_seconds":1.0,"scripted":true}',1395686837);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',7,'tool.judged',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaaf','{"path":"post","attempt":1,"call_id":"post!2","answers":"post!1","tool":"post","effect":"write","args":{"value":{"text":"hello"}},"args_hash":"362fa705317f1c7787954ed56516166dd93fa32cba2b510a2d24cd40cfe00084","key":"mn-87545a32af9137de2cbaf9f904e439f2","verdict":"ask","because":"it writes, and nobody has allowed it yet"}',4282839832);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',8,'approval.requested',2,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaaf','{"approval_id":"p0xaaaaaaaaaaaae","path":"post","attempt":1,"subject":"call","prompt":"May ''post'' be called? It writes.","calls":[{"call_id":"post!2","tool":"post","effect":"write","args":{"value":{"text":"hello"}},"args_hash":"362fa705317f1c7787954ed56516166dd93fa32cba2b510a2d24cd40cfe00084","key":"mn-87545a32af9137de2cbaf9f904e439f2"}],"form":{"additionalProperties":false,"properties":{"text":{}},"required":["text"],"type":"object"},"because":"it writes, and nobody has allowed it yet","said":"A greeting.","cost_usd":"0"}',1000339172);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',9,'lease.taken',1,'2030-01-01T01:00:01.500000+00:00','lease-2','{"owner":"process-0","fence":2}',1893642581);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',10,'approval.decided',2,'2030-01-01T01:00:01.500000+00:00','p0xaaaaaaaaaaaag','{"approval_id":"p0xaaaaaaaaaaaae","path":"post","decision":"approve","by":"ann","via":"python","decided_at":"2030-01-01T01:00:01.500000Z","edits":{"value":{"text":"Good evening"}},"authorised":["c04f58a542c5eace4624df6585a376653dc152f625408749dafc871452869726"],"command_id":"xaaaaaaaaaaaaaac","calls":[{"call_id":"post!2","tool":"post","effect":"write","args":{"value":{"text":"Good evening"}},"args_hash":"c04f58a542c5eace4624df6585a376653dc152f625408749dafc871452869726","key":"mn-44e02662a7da951ff9679fb8c4f9f1e6"}]}',1751437831);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',11,'step.resumed',1,'2030-01-01T01:00:01.500000+00:00','p0xaaaaaaaaaaaag','{"path":"post","attempt":1,"token":"p0xaaaaaaaaaaaab"}',1759761680);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',12,'tool.started',1,'2030-01-01T01:00:01.500000+00:00','p0xaaaaaaaaaaaah','{"path":"post","attempt":1,"call_id":"post!2","answers":"post!1","tool":"post","effect":"write","args":{"value":{"text":"Good evening"}},"args_hash":"c04f58a542c5eace4624df6585a376653dc152f625408749dafc871452869726","key":"mn-44e02662a7da951ff9679fb8c4f9f1e6"}',2804074806);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',13,'tool.succeeded',1,'2030-01-01T01:00:02.500000+00:00','p0xaaaaaaaaaaaai','{"path":"post","call_id":"post!2","output":{"value":"posted Good evening"},"latency_seconds":1.0}',3147629087);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',14,'model.requested',1,'2030-01-01T01:00:02.500000+00:00','p0xaaaaaaaaaaaaj','{"path":"post","attempt":1,"call_id":"post!3","model":"scripted:echo","messages":["37119710a3b79fe2","bdb3990f94bd81bc","c5fda2f44104a413","dcb02f1834776c15"],"request_hash":"415731010620a8e1276f4d8e6321f10b","max_tokens":2048,"estimate":{"usd":"0","tokens":2172}}',2611295255);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',15,'model.responded',1,'2030-01-01T01:00:03.500000+00:00','p0xaaaaaaaaaaaak','{"path":"post","call_id":"post!3","message":{"value":{"role":"assistant","content":"It is posted.","tool_calls":[],"tool_call_id":null}},"finish_reason":"stop","model":"scripted:echo","provider":"scripted","usage":{"input_tokens":47,"output_tokens":4},"price":{"usd":"0","source":"scripted","matched":"scripted:echo"},"latency_seconds":1.0,"scripted":true}',3276097520);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',16,'step.succeeded',1,'2030-01-01T01:00:03.500000+00:00','p0xaaaaaaaaaaaam','{"path":"post","attempt":1,"output":{"value":"It is posted."}}',1665652592);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',17,'run.succeeded',1,'2030-01-01T01:00:03.500000+00:00','p0xaaaaaaaaaaaam','{"output":{"value":{"post":"It is posted."}}}',36078949);
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
INSERT INTO "mn_process" VALUES('process-0',1,'host','','conformance.ipynb','2030-01-01T00:00:00.000000+00:00',4,0);
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
INSERT INTO "mn_run" VALUES('xaaaaaaaaaaaaaab','37c805788a1fc2bb4c62356fd80d5d88','posting','conformance.ipynb','','succeeded',17,2,NULL,'2030-01-01T00:00:00.000000+00:00','2030-01-01T01:00:03.500000+00:00','2030-01-01T01:00:03.500000+00:00',NULL,'0',1,1,1,0,1,3789550869);
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
INSERT INTO "mn_spending" VALUES('2030-01-01','',0,81,2,'{}');
INSERT INTO "mn_spending" VALUES('2030-01-01','posting',0,81,2,'{}');
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
INSERT INTO "mn_workflow" VALUES('37c805788a1fc2bb4c62356fd80d5d88','posting','{"name":"posting","group":"posting","about":"","inputs":{},"outputs":{},"model":null,"tools":[],"servers":{},"max_concurrency":8,"calls_per_minute":null,"policy":[],"budget":null,"cheaper":null,"steps":[{"name":"post","needs":[],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":3,"kind":"agent","prompt":"Post hello.","model":null,"tools":[{"tool":"post","bound":{}}],"turns":8,"output":null,"budget":null}],"children":{}}','','2030-01-01T00:00:00.000000+00:00',3386669524);
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
