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
INSERT INTO "mn_approval" VALUES('p0xaaaaaaaaaaaah','xaaaaaaaaaaaaaab','polish','budget','decided','The budget of step polish is used up: 0 of 0 calls are made. Approve to raise it to what `calls` says; name a `model` to go on with a cheaper one; reject to stop with what there is.','2030-01-01T00:00:01.000000+00:00',NULL,'reject','ann','2030-01-01T01:00:01.500000+00:00');
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
INSERT INTO "mn_command" VALUES('xaaaaaaaaaaaaaac','xaaaaaaaaaaaaaab','decide','{"approval_id": "p0xaaaaaaaaaaaah", "decision": "reject", "edits": {}, "because": "good enough", "value": null, "always": false, "verified": false}','ann','python','2030-01-01T01:00:01.500000+00:00',1,1539575942);
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
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',1,'run.created',1,'2030-01-01T00:00:00.000000+00:00','created','{"workflow":"frugal_step","workflow_hash":"0930f1fc1e351572c22a6cf3b2275d07","origin":"conformance.ipynb","title":"","inputs":{"value":{}},"by":"ann","code":[{"name":"best_of","hash":"40c87c17c1858845","module":"tests.conformance.world","effect":"idempotent","environment":{"python":"3.11.7"}}],"program":"0.1.0","budget":{"usd":"1","calls":200}}',3787930107);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',2,'lease.taken',1,'2030-01-01T00:00:00.000000+00:00','lease-1','{"owner":"process-0","fence":1}',4125813986);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',3,'run.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{}',776628306);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',4,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{"path":"draft","attempt":1,"token":"p0xaaaaaaaaaaaab","input":{"value":{"prompt":"Draft it.","tools":{}}},"step_key":"68e2459a682b368ebd89e8b3d9e838546f1eead85abc07fedf6183f857d36b22"}',353037987);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',5,'model.requested',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{"path":"draft","attempt":1,"call_id":"draft!1","model":"scripted:echo","messages":["37119710a3b79fe2","2150e826b32a8e07"],"request_hash":"36706d9c463cc52cdc8fb75eec2a448d","max_tokens":2048,"estimate":{"usd":"0","tokens":2072}}',2499125811);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',6,'model.responded',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaad','{"path":"draft","call_id":"draft!1","message":{"value":{"role":"assistant","content":"a draft","tool_calls":[],"tool_call_id":null}},"finish_reason":"stop","model":"scripted:echo","provider":"scripted","usage":{"input_tokens":22,"output_tokens":2},"price":{"usd":"0","source":"scripted","matched":"scripted:echo"},"latency_seconds":1.0,"scripted":true}',1526942514);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',7,'step.succeeded',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaaf','{"path":"draft","attempt":1,"output":{"value":"a draft"}}',1434918240);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',8,'step.started',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaaf','{"path":"polish","attempt":1,"token":"p0xaaaaaaaaaaaae","input":{"value":{"prompt":"Polish a draft.","tools":{}}},"step_key":"10216375b6391dcfea293ae1fc20b9472a1756b8e89af75e5dd8d605947b5948"}',3326491862);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',9,'budget.reached',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaag','{"path":"polish","level":"step","where":"polish","unit":"calls","estimate":{"usd":"0","tokens":2074},"model":"scripted:echo"}',2700361125);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',10,'step.interrupted',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaai','{"path":"polish","attempt":1,"because":"a budget is used up","on_purpose":true}',1542575236);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',11,'approval.requested',2,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaai','{"approval_id":"p0xaaaaaaaaaaaah","path":"polish","attempt":1,"subject":"budget","prompt":"The budget of step polish is used up: 0 of 0 calls are made. Approve to raise it to what `calls` says; name a `model` to go on with a cheaper one; reject to stop with what there is.","shown":{"value":{"spent":"$0.00 of $1.00; 1 of 200 calls","on":"draft: $0.00, 1 call","left":"about $0.00 and 1 call for 1 unit","calls":1,"model":""}},"editable":["calls","model"]}',556271227);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',12,'lease.taken',1,'2030-01-01T01:00:01.500000+00:00','lease-2','{"owner":"process-0","fence":2}',1505401171);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',13,'approval.decided',2,'2030-01-01T01:00:01.500000+00:00','p0xaaaaaaaaaaaam','{"approval_id":"p0xaaaaaaaaaaaah","path":"polish","decision":"reject","by":"ann","via":"python","decided_at":"2030-01-01T01:00:01.500000Z","because":"good enough","command_id":"xaaaaaaaaaaaaaac"}',1572770274);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',14,'step.started',1,'2030-01-01T01:00:01.500000+00:00','p0xaaaaaaaaaaaam','{"path":"polish","attempt":2,"token":"","input":{"value":{"prompt":"Polish a draft.","tools":{}}},"step_key":"10216375b6391dcfea293ae1fc20b9472a1756b8e89af75e5dd8d605947b5948"}',1037477775);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',15,'step.skipped',1,'2030-01-01T01:00:01.500000+00:00','p0xaaaaaaaaaaaam','{"path":"polish","because":"the budget was spent, and ann stopped there"}',1463448333);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',16,'step.started',1,'2030-01-01T01:00:01.500000+00:00','p0xaaaaaaaaaaaam','{"path":"keep","attempt":1,"token":"p0xaaaaaaaaaaaak","input":{"value":{"args":{"draft":"a draft","polished":null}}},"step_key":"060923af64383990556beda3e4f957581a98148f7bb411e0a9b9dd4fe9a8c845","code_hash":"40c87c17c1858845"}',3840800667);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',17,'step.succeeded',1,'2030-01-01T01:00:02.500000+00:00','p0xaaaaaaaaaaaan','{"path":"keep","attempt":1,"output":{"value":"a draft"}}',4105938695);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',18,'run.succeeded',1,'2030-01-01T01:00:02.500000+00:00','p0xaaaaaaaaaaaan','{"output":{"value":{"keep":"a draft"}},"partial":"the budget was spent, and ann stopped there"}',2060917034);
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
INSERT INTO "mn_run" VALUES('xaaaaaaaaaaaaaab','0930f1fc1e351572c22a6cf3b2275d07','frugal_step','conformance.ipynb','','succeeded',18,2,NULL,'2030-01-01T00:00:00.000000+00:00','2030-01-01T01:00:02.500000+00:00','2030-01-01T01:00:02.500000+00:00',NULL,'0',1,3,3,0,1,4106097231);
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
INSERT INTO "mn_spending" VALUES('2030-01-01','',0,24,1,'{}');
INSERT INTO "mn_spending" VALUES('2030-01-01','frugal_step',0,24,1,'{}');
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
INSERT INTO "mn_workflow" VALUES('0930f1fc1e351572c22a6cf3b2275d07','frugal_step','{"name":"frugal_step","group":"frugal_step","about":"","inputs":{},"outputs":{},"model":null,"tools":[],"servers":{},"max_concurrency":8,"calls_per_minute":null,"policy":[],"budget":null,"cheaper":null,"steps":[{"name":"draft","needs":[],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":3,"kind":"agent","prompt":"Draft it.","model":null,"tools":[],"turns":8,"output":null,"budget":null},{"name":"polish","needs":["draft"],"uses":["draft"],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"continue","fallback":null,"retry":null,"timeout_seconds":300.0,"line":4,"kind":"agent","prompt":"Polish {{ draft }}.","model":null,"tools":[],"turns":8,"output":null,"budget":{"usd":null,"tokens":null,"calls":0,"seconds":null,"unknown_price":null}},{"name":"keep","needs":["draft","polish"],"uses":["draft","polish"],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_done","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":8,"kind":"python","function":"best_of","args":{"draft":"{{ draft }}","polished":"{{ polish }}"},"effect":"idempotent","isolation":"thread","output":null}],"children":{}}','','2030-01-01T00:00:00.000000+00:00',1234879433);
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
