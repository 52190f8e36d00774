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
INSERT INTO "mn_approval" VALUES('p0xaaaaaaaaaaaak','xaaaaaaaaaaaaaab','c','budget','decided','The run''s budget is used up: 2 of 2 calls are made. Approve to raise it to what `calls` says; name a `model` to go on with a cheaper one; reject to stop with what there is.','2030-01-01T00:00:02.000000+00:00',NULL,'approve','ann','2030-01-01T01:00:02.500000+00:00');
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
INSERT INTO "mn_command" VALUES('xaaaaaaaaaaaaaac','xaaaaaaaaaaaaaab','decide','{"approval_id": "p0xaaaaaaaaaaaak", "decision": "approve", "edits": {"calls": 10}, "because": "", "value": null, "always": false, "verified": false}','ann','python','2030-01-01T01:00:02.500000+00:00',1,2611535221);
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
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',1,'run.created',1,'2030-01-01T00:00:00.000000+00:00','created','{"workflow":"frugal","workflow_hash":"66aaa4bf412e9cc654e1a5d188e78691","origin":"conformance.ipynb","title":"","inputs":{"value":{}},"by":"ann","program":"0.1.0","budget":{"usd":"1","calls":2}}',83853957);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',2,'lease.taken',1,'2030-01-01T00:00:00.000000+00:00','lease-1','{"owner":"process-0","fence":1}',4125813986);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',3,'run.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{}',776628306);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',4,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{"path":"a","attempt":1,"token":"p0xaaaaaaaaaaaab","input":{"value":{"prompt":"Say a.","tools":{}}},"step_key":"7cc77fd4bb7e493594425c89924c580f5c48ffa8b97231917eae13ecf6e3fcce"}',1578072814);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',5,'model.requested',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{"path":"a","attempt":1,"call_id":"a!1","model":"scripted:echo","messages":["37119710a3b79fe2","5f27c4afc9e53b98"],"request_hash":"0b00d620af02c9ff6eac033de149835e","max_tokens":2048,"estimate":{"usd":"0","tokens":2072}}',3156069094);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',6,'model.responded',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaad','{"path":"a","call_id":"a!1","message":{"value":{"role":"assistant","content":"a","tool_calls":[],"tool_call_id":null}},"finish_reason":"stop","model":"scripted:echo","provider":"scripted","usage":{"input_tokens":21,"output_tokens":1},"price":{"usd":"0","source":"scripted","matched":"scripted:echo"},"latency_seconds":1.0,"scripted":true}',1485800361);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',7,'step.succeeded',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaaf','{"path":"a","attempt":1,"output":{"value":"a"}}',507821377);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',8,'step.started',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaaf','{"path":"b","attempt":1,"token":"p0xaaaaaaaaaaaae","input":{"value":{"prompt":"Say b, after a.","tools":{}}},"step_key":"574ba34640c3dc9cbf5875c59fe57f1ee3833a19740b759106c1a4322278337f"}',1334839060);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',9,'model.requested',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaaf','{"path":"b","attempt":1,"call_id":"b!1","model":"scripted:echo","messages":["37119710a3b79fe2","5e5d83e73e55e259"],"request_hash":"4dc4f2b1beb9ad8289b1b1b546ef12c6","max_tokens":2048,"estimate":{"usd":"0","tokens":2074}}',2635064482);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',10,'model.responded',1,'2030-01-01T00:00:02.000000+00:00','p0xaaaaaaaaaaaag','{"path":"b","call_id":"b!1","message":{"value":{"role":"assistant","content":"b","tool_calls":[],"tool_call_id":null}},"finish_reason":"stop","model":"scripted:echo","provider":"scripted","usage":{"input_tokens":23,"output_tokens":1},"price":{"usd":"0","source":"scripted","matched":"scripted:echo"},"latency_seconds":1.0,"scripted":true}',1211936783);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',11,'step.succeeded',1,'2030-01-01T00:00:02.000000+00:00','p0xaaaaaaaaaaaai','{"path":"b","attempt":1,"output":{"value":"b"}}',239562641);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',12,'step.started',1,'2030-01-01T00:00:02.000000+00:00','p0xaaaaaaaaaaaai','{"path":"c","attempt":1,"token":"p0xaaaaaaaaaaaah","input":{"value":{"prompt":"Say c, after b.","tools":{}}},"step_key":"319ea5fe4f0edf078baa68322f3799d1b23b0e7ca4853c6815293c98fcdf9d00"}',4147536548);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',13,'budget.reached',1,'2030-01-01T00:00:02.000000+00:00','p0xaaaaaaaaaaaaj','{"path":"c","unit":"calls","counted":"2","limit":"2","estimate":{"usd":"0","tokens":2074},"model":"scripted:echo"}',3390699917);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',14,'step.interrupted',1,'2030-01-01T00:00:02.000000+00:00','p0xaaaaaaaaaaaam','{"path":"c","attempt":1,"because":"a budget is used up","on_purpose":true}',3405231260);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',15,'approval.requested',2,'2030-01-01T00:00:02.000000+00:00','p0xaaaaaaaaaaaam','{"approval_id":"p0xaaaaaaaaaaaak","path":"c","attempt":1,"subject":"budget","prompt":"The run''s budget is used up: 2 of 2 calls are made. Approve to raise it to what `calls` says; name a `model` to go on with a cheaper one; reject to stop with what there is.","shown":{"value":{"spent":"$0.00 of $1.00; 2 of 2 calls","on":"a: $0.00, 1 call; b: $0.00, 1 call","left":"about $0.00 and 1 call for 1 unit","calls":4,"model":""}},"editable":["calls","model"]}',1881642524);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',16,'lease.taken',1,'2030-01-01T01:00:02.500000+00:00','lease-2','{"owner":"process-0","fence":2}',3744482732);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',17,'budget.raised',1,'2030-01-01T01:00:02.500000+00:00','p0xaaaaaaaaaaaap','{"budget":{"calls":10},"by":"ann","via":"python"}',752247706);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',18,'approval.decided',2,'2030-01-01T01:00:02.500000+00:00','p0xaaaaaaaaaaaap','{"approval_id":"p0xaaaaaaaaaaaak","path":"c","decision":"approve","by":"ann","via":"python","decided_at":"2030-01-01T01:00:02.500000Z","edits":{"value":{"calls":10}},"command_id":"xaaaaaaaaaaaaaac"}',1911162813);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',19,'step.started',1,'2030-01-01T01:00:02.500000+00:00','p0xaaaaaaaaaaaap','{"path":"c","attempt":2,"token":"p0xaaaaaaaaaaaan","input":{"value":{"prompt":"Say c, after b.","tools":{}}},"step_key":"319ea5fe4f0edf078baa68322f3799d1b23b0e7ca4853c6815293c98fcdf9d00"}',4078878844);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',20,'model.requested',1,'2030-01-01T01:00:02.500000+00:00','p0xaaaaaaaaaaaap','{"path":"c","attempt":2,"call_id":"c!1","model":"scripted:echo","messages":["37119710a3b79fe2","1fcaabf91c50b9b0"],"request_hash":"e3baff53127c66e965399a6677e1f206","max_tokens":2048,"estimate":{"usd":"0","tokens":2074}}',1028892144);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',21,'model.responded',1,'2030-01-01T01:00:03.500000+00:00','p0xaaaaaaaaaaaaq','{"path":"c","call_id":"c!1","message":{"value":{"role":"assistant","content":"c","tool_calls":[],"tool_call_id":null}},"finish_reason":"stop","model":"scripted:echo","provider":"scripted","usage":{"input_tokens":23,"output_tokens":1},"price":{"usd":"0","source":"scripted","matched":"scripted:echo"},"latency_seconds":1.0,"scripted":true}',212340476);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',22,'step.succeeded',1,'2030-01-01T01:00:03.500000+00:00','p0xaaaaaaaaaaaar','{"path":"c","attempt":2,"output":{"value":"c"}}',1732229759);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',23,'run.succeeded',1,'2030-01-01T01:00:03.500000+00:00','p0xaaaaaaaaaaaar','{"output":{"value":{"c":"c"}}}',409082832);
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
INSERT INTO "mn_run" VALUES('xaaaaaaaaaaaaaab','66aaa4bf412e9cc654e1a5d188e78691','frugal','conformance.ipynb','','succeeded',23,2,NULL,'2030-01-01T00:00:00.000000+00:00','2030-01-01T01:00:03.500000+00:00','2030-01-01T01:00:03.500000+00:00',NULL,'0',1,3,3,0,1,671894038);
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
INSERT INTO "mn_spending" VALUES('2030-01-01','',0,70,3,'{}');
INSERT INTO "mn_spending" VALUES('2030-01-01','frugal',0,70,3,'{}');
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
INSERT INTO "mn_workflow" VALUES('66aaa4bf412e9cc654e1a5d188e78691','frugal','{"name":"frugal","group":"frugal","about":"","inputs":{},"outputs":{},"model":null,"tools":[],"servers":{},"max_concurrency":8,"calls_per_minute":null,"policy":[],"budget":{"usd":null,"tokens":null,"calls":2,"seconds":null,"unknown_price":null},"cheaper":null,"steps":[{"name":"a","needs":[],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":4,"kind":"agent","prompt":"Say a.","model":null,"tools":[],"turns":8,"output":null,"budget":null},{"name":"b","needs":["a"],"uses":["a"],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":5,"kind":"agent","prompt":"Say b, after {{ a }}.","model":null,"tools":[],"turns":8,"output":null,"budget":null},{"name":"c","needs":["b"],"uses":["b"],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":6,"kind":"agent","prompt":"Say c, after {{ b }}.","model":null,"tools":[],"turns":8,"output":null,"budget":null}],"children":{}}','','2030-01-01T00:00:00.000000+00:00',2667199611);
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
