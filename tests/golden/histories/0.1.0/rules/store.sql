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
INSERT INTO "mn_approval" VALUES('p0xaaaaaaaaaaaam','xaaaaaaaaaaaaaab','settle','call','decided','May ''pay'' be called? It writes.','2030-01-01T00:00:04.000000+00:00',NULL,'approve','ann','2030-01-01T01:00:04.500000+00:00');
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
INSERT INTO "mn_command" VALUES('xaaaaaaaaaaaaaac','xaaaaaaaaaaaaaab','decide','{"approval_id": "p0xaaaaaaaaaaaam", "decision": "approve", "edits": {}, "because": "", "value": null, "always": false, "verified": false}','ann','python','2030-01-01T01:00:04.500000+00:00',1,1136903412);
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
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',1,'run.created',1,'2030-01-01T00:00:00.000000+00:00','created','{"workflow":"payments","workflow_hash":"0326eb513f0d6fc90fc214cfaa77ea30","origin":"conformance.ipynb","title":"","inputs":{"value":{}},"by":"ann","code":[{"name":"pay","hash":"f2541a41f4a264bd","module":"tests.conformance.world","environment":{"python":"3.11.7"}}],"program":"0.1.0","budget":{"usd":"1","calls":200}}',3532892277);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',2,'lease.taken',1,'2030-01-01T00:00:00.000000+00:00','lease-1','{"owner":"process-0","fence":1}',4125813986);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',3,'run.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{}',776628306);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',4,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{"path":"settle","attempt":1,"token":"p0xaaaaaaaaaaaab","input":{"value":{"prompt":"Settle the bills.","tools":{"pay":{}}}},"step_key":"710171db83d9c4398254a0efc95a0a6e34f69ba918a09678b603fee1659b4078"}',296162637);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',5,'model.requested',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{"path":"settle","attempt":1,"call_id":"settle!1","model":"scripted:echo","messages":["37119710a3b79fe2","318d33f09eb14903"],"request_hash":"0dd51c48ec68ba5d2de6623f34e3e490","max_tokens":2048,"estimate":{"usd":"0","tokens":2141}}',2621985977);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',6,'model.responded',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaad','{"path":"settle","call_id":"settle!1","message":{"value":{"role":"assistant","content":"","tool_calls":[{"id":"call_c1b0d5d8_0","name":"pay","arguments":"{\"amount\": 10}"}],"tool_call_id":null}},"finish_reason":"tool_calls","model":"scripted:echo","provider":"scripted","usage":{"input_tokens":24,"output_tokens":5},"price":{"usd":"0","source":"scripted","matched":"scripted:echo"},"latency_seconds":1.0,"scripted":true}',2247491324);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',7,'tool.started',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaae','{"path":"settle","attempt":1,"call_id":"settle!2","answers":"settle!1","tool":"pay","effect":"write","args":{"value":{"amount":10}},"args_hash":"d16d88e188ffd0ae1188b2556b01361acc47076a0a6b9fd02606fd741a38cfc6","key":"mn-9942390558fecc78dd63595933df6f02","rules":["the workflow''s policy: pay: no approval"]}',2276767803);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',8,'tool.succeeded',1,'2030-01-01T00:00:02.000000+00:00','p0xaaaaaaaaaaaaf','{"path":"settle","call_id":"settle!2","output":{"value":"paid 10"},"latency_seconds":1.0}',3481872291);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',9,'model.requested',1,'2030-01-01T00:00:02.000000+00:00','p0xaaaaaaaaaaaag','{"path":"settle","attempt":1,"call_id":"settle!3","model":"scripted:echo","messages":["37119710a3b79fe2","318d33f09eb14903","ce997dbd3eedf748","533285c3a70d6fc9"],"request_hash":"80055d9eb774f0fa577f94181c7b59be","max_tokens":2048,"estimate":{"usd":"0","tokens":2148}}',168177904);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',10,'model.responded',1,'2030-01-01T00:00:03.000000+00:00','p0xaaaaaaaaaaaah','{"path":"settle","call_id":"settle!3","message":{"value":{"role":"assistant","content":"","tool_calls":[{"id":"call_201eaf0f_0","name":"pay","arguments":"{\"amount\": 5000}"}],"tool_call_id":null}},"finish_reason":"tool_calls","model":"scripted:echo","provider":"scripted","usage":{"input_tokens":26,"output_tokens":5},"price":{"usd":"0","source":"scripted","matched":"scripted:echo"},"latency_seconds":1.0,"scripted":true}',2544316676);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',11,'tool.judged',1,'2030-01-01T00:00:03.000000+00:00','p0xaaaaaaaaaaaai','{"path":"settle","attempt":1,"call_id":"settle!4","answers":"settle!3","tool":"pay","effect":"write","args":{"value":{"amount":5000}},"args_hash":"ce1dbddbb01e52fd7fb91fa9512fe1c3be038f324d3007a58ed431909e88a00b","key":"mn-a18624f2fc66755d416505167f470f53","verdict":"refuse","because":"that is too much","rules":["the workflow''s policy: pay: no approval","the workflow''s policy: pay when args.amount > 100: 1 approval","the workflow''s policy: pay when args.amount > 1000: denied"]}',2418180067);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',12,'model.requested',1,'2030-01-01T00:00:03.000000+00:00','p0xaaaaaaaaaaaaj','{"path":"settle","attempt":1,"call_id":"settle!5","model":"scripted:echo","messages":["37119710a3b79fe2","318d33f09eb14903","ce997dbd3eedf748","533285c3a70d6fc9","3667572345952ee2","fb3d2566f57f35cd"],"request_hash":"bfd655f5f1a1599bfb7908ae60a76a84","max_tokens":2048,"estimate":{"usd":"0","tokens":2161}}',2093424024);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',13,'model.responded',1,'2030-01-01T00:00:04.000000+00:00','p0xaaaaaaaaaaaak','{"path":"settle","call_id":"settle!5","message":{"value":{"role":"assistant","content":"","tool_calls":[{"id":"call_1ab17f53_0","name":"pay","arguments":"{\"amount\": 500}"}],"tool_call_id":null}},"finish_reason":"tool_calls","model":"scripted:echo","provider":"scripted","usage":{"input_tokens":33,"output_tokens":5},"price":{"usd":"0","source":"scripted","matched":"scripted:echo"},"latency_seconds":1.0,"scripted":true}',1699306842);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',14,'tool.judged',1,'2030-01-01T00:00:04.000000+00:00','p0xaaaaaaaaaaaan','{"path":"settle","attempt":1,"call_id":"settle!6","answers":"settle!5","tool":"pay","effect":"write","args":{"value":{"amount":500}},"args_hash":"9eed27804484b90c51ed5b8cb198ef92e70a7b20314952f8c0d9eda3092a57e8","key":"mn-0955a573b59382c947547f9f2a3ed516","verdict":"ask","because":"it needs a person''s word by the workflow''s policy: pay when args.amount > 100: 1 approval","rules":["the workflow''s policy: pay: no approval","the workflow''s policy: pay when args.amount > 100: 1 approval"]}',3151750469);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',15,'approval.requested',2,'2030-01-01T00:00:04.000000+00:00','p0xaaaaaaaaaaaan','{"approval_id":"p0xaaaaaaaaaaaam","path":"settle","attempt":1,"subject":"call","prompt":"May ''pay'' be called? It writes.","calls":[{"call_id":"settle!6","tool":"pay","effect":"write","args":{"value":{"amount":500}},"args_hash":"9eed27804484b90c51ed5b8cb198ef92e70a7b20314952f8c0d9eda3092a57e8","key":"mn-0955a573b59382c947547f9f2a3ed516"}],"form":{"additionalProperties":false,"properties":{"amount":{}},"required":["amount"],"type":"object"},"because":"it needs a person''s word by the workflow''s policy: pay when args.amount > 100: 1 approval","cost_usd":"0"}',611150394);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',16,'lease.taken',1,'2030-01-01T01:00:04.500000+00:00','lease-2','{"owner":"process-0","fence":2}',3673010200);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',17,'approval.decided',2,'2030-01-01T01:00:04.500000+00:00','p0xaaaaaaaaaaaap','{"approval_id":"p0xaaaaaaaaaaaam","path":"settle","decision":"approve","by":"ann","via":"python","decided_at":"2030-01-01T01:00:04.500000Z","authorised":["9eed27804484b90c51ed5b8cb198ef92e70a7b20314952f8c0d9eda3092a57e8"],"command_id":"xaaaaaaaaaaaaaac"}',361436306);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',18,'step.resumed',1,'2030-01-01T01:00:04.500000+00:00','p0xaaaaaaaaaaaap','{"path":"settle","attempt":1,"token":"p0xaaaaaaaaaaaab"}',88061903);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',19,'tool.started',1,'2030-01-01T01:00:04.500000+00:00','p0xaaaaaaaaaaaaq','{"path":"settle","attempt":1,"call_id":"settle!6","answers":"settle!5","tool":"pay","effect":"write","args":{"value":{"amount":500}},"args_hash":"9eed27804484b90c51ed5b8cb198ef92e70a7b20314952f8c0d9eda3092a57e8","key":"mn-0955a573b59382c947547f9f2a3ed516"}',591737116);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',20,'tool.succeeded',1,'2030-01-01T01:00:05.500000+00:00','p0xaaaaaaaaaaaar','{"path":"settle","call_id":"settle!6","output":{"value":"paid 500"},"latency_seconds":1.0}',2533034100);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',21,'model.requested',1,'2030-01-01T01:00:05.500000+00:00','p0xaaaaaaaaaaaas','{"path":"settle","attempt":1,"call_id":"settle!7","model":"scripted:echo","messages":["37119710a3b79fe2","318d33f09eb14903","ce997dbd3eedf748","533285c3a70d6fc9","3667572345952ee2","fb3d2566f57f35cd","ffab2f9028873006","d68a6f11b9ab4e00"],"request_hash":"1feb1e1f93f8d87b8d9b5c94132bc40e","max_tokens":2048,"estimate":{"usd":"0","tokens":2168}}',3089659937);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',22,'model.responded',1,'2030-01-01T01:00:06.500000+00:00','p0xaaaaaaaaaaaat','{"path":"settle","call_id":"settle!7","message":{"value":{"role":"assistant","content":"Settled.","tool_calls":[],"tool_call_id":null}},"finish_reason":"stop","model":"scripted:echo","provider":"scripted","usage":{"input_tokens":35,"output_tokens":2},"price":{"usd":"0","source":"scripted","matched":"scripted:echo"},"latency_seconds":1.0,"scripted":true}',564299997);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',23,'step.succeeded',1,'2030-01-01T01:00:06.500000+00:00','p0xaaaaaaaaaaaau','{"path":"settle","attempt":1,"output":{"value":"Settled."}}',3825875725);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',24,'run.succeeded',1,'2030-01-01T01:00:06.500000+00:00','p0xaaaaaaaaaaaau','{"output":{"value":{"settle":"Settled."}}}',2960386755);
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
INSERT INTO "mn_run" VALUES('xaaaaaaaaaaaaaab','0326eb513f0d6fc90fc214cfaa77ea30','payments','conformance.ipynb','','succeeded',24,2,NULL,'2030-01-01T00:00:00.000000+00:00','2030-01-01T01:00:06.500000+00:00','2030-01-01T01:00:06.500000+00:00',NULL,'0',1,1,1,0,1,838133463);
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
INSERT INTO "mn_spending" VALUES('2030-01-01','',0,135,4,'{}');
INSERT INTO "mn_spending" VALUES('2030-01-01','payments',0,135,4,'{}');
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
INSERT INTO "mn_workflow" VALUES('0326eb513f0d6fc90fc214cfaa77ea30','payments','{"name":"payments","group":"payments","about":"","inputs":{},"outputs":{},"model":null,"tools":[],"servers":{},"max_concurrency":8,"calls_per_minute":null,"policy":[{"tool":"pay","effect":null,"group":"*","when":null,"approvals":0,"deny":false,"because":"","expires":null},{"tool":"pay","effect":null,"group":"*","when":"args.amount > 100","approvals":1,"deny":false,"because":"","expires":null},{"tool":"pay","effect":null,"group":"*","when":"args.amount > 1000","approvals":null,"deny":true,"because":"that is too much","expires":null}],"budget":null,"cheaper":null,"steps":[{"name":"settle","needs":[],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":7,"kind":"agent","prompt":"Settle the bills.","model":null,"tools":[{"tool":"pay","bound":{}}],"turns":8,"output":null,"budget":null}],"children":{}}','','2030-01-01T00:00:00.000000+00:00',1501496919);
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
