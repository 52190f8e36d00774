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
INSERT INTO "mn_command" VALUES('xaaaaaaaaaaaaaac','xaaaaaaaaaaaaaab','budget','{"budget": {"calls": "3"}, "level": "step", "where": "second", "model": "", "because": "it is worth it"}','ann','python','2030-01-01T00:10:01.500000+00:00',1,1512118557);
INSERT INTO "mn_command" VALUES('xaaaaaaaaaaaaaad','xaaaaaaaaaaaaaab','budget','{"budget": {"calls": "20"}, "level": "run", "where": "", "model": "scripted:small", "because": ""}','ann','python','2030-01-01T01:00:00.500000+00:00',1,1312766716);
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
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',1,'run.created',1,'2030-01-01T00:00:00.000000+00:00','created','{"workflow":"gently","workflow_hash":"590e4684cf6ff8eef0ec7f247309a940","origin":"conformance.ipynb","title":"","inputs":{"value":{}},"by":"ann","code":[{"name":"later","hash":"22bba222fc8fa162","module":"tests.conformance.world","effect":"idempotent","environment":{"python":"3.11.7"}}],"program":"0.1.0","budget":{"usd":"1","calls":10},"cheaper":"scripted:small"}',487438478);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',2,'lease.taken',1,'2030-01-01T00:00:00.000000+00:00','lease-1','{"owner":"process-0","fence":1}',4125813986);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',3,'run.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{}',776628306);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',4,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{"path":"first","attempt":1,"token":"p0xaaaaaaaaaaaab","input":{"value":{"prompt":"Say one.","tools":{}}},"step_key":"d77ed5e5ecf448728020748afedf91b9b04fdb8a6b36292ddce729602cc8895c"}',4100907597);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',5,'model.requested',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{"path":"first","attempt":1,"call_id":"first!1","model":"scripted:echo","messages":["37119710a3b79fe2","f926a7dfbf4ed9a4"],"request_hash":"517cbfea5f5d17a0d4b3af8b171e032f","max_tokens":2048,"estimate":{"usd":"0","tokens":2072}}',4081849057);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',6,'model.responded',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaad','{"path":"first","call_id":"first!1","message":{"value":{"role":"assistant","content":"one","tool_calls":[],"tool_call_id":null}},"finish_reason":"stop","model":"scripted:echo","provider":"scripted","usage":{"input_tokens":21,"output_tokens":1},"price":{"usd":"0","source":"scripted","matched":"scripted:echo"},"latency_seconds":1.0,"scripted":true}',2198165902);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',7,'step.succeeded',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaae','{"path":"first","attempt":1,"output":{"value":"one"}}',676031892);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',8,'step.started',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaae','{"path":"pause","attempt":1,"token":"","input":{"value":{"duration":"1h"}},"step_key":"257aa4f4ea215b57fd3133f27706388070965e89dd3c5add3346ebde35ab7a19"}',3082069993);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',9,'timer.set',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaae','{"path":"pause","at":"2030-01-01T01:00:01Z"}',1791333268);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',10,'lease.taken',1,'2030-01-01T01:00:00.000000+00:00','lease-2','{"owner":"process-0","fence":2}',3793463983);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',11,'budget.raised',1,'2030-01-01T01:00:00.000000+00:00','p0xaaaaaaaaaaaaf','{"level":"step","where":"second","budget":{"calls":3},"by":"ann","via":"python","because":"it is worth it","command_id":"xaaaaaaaaaaaaaac"}',4182714168);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',12,'budget.raised',1,'2030-01-01T01:00:00.500000+00:00','p0xaaaaaaaaaaaag','{"budget":{"calls":20},"model":"scripted:small","by":"ann","via":"python","command_id":"xaaaaaaaaaaaaaad"}',3538125654);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',13,'timer.fired',1,'2030-01-01T01:00:01.000000+00:00','p0xaaaaaaaaaaaai','{"path":"pause"}',2118498158);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',14,'step.succeeded',1,'2030-01-01T01:00:01.000000+00:00','p0xaaaaaaaaaaaai','{"path":"pause","attempt":1,"output":{}}',2496087221);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',15,'step.started',1,'2030-01-01T01:00:01.000000+00:00','p0xaaaaaaaaaaaai','{"path":"then","attempt":1,"token":"p0xaaaaaaaaaaaah","input":{"value":{"args":{}}},"step_key":"dc89641da843e48849ca663da418634fbef242a166a0a3e86ccf6507a9b9c73f","code_hash":"22bba222fc8fa162"}',1789980762);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',16,'step.succeeded',1,'2030-01-01T01:00:02.000000+00:00','p0xaaaaaaaaaaaak','{"path":"then","attempt":1,"output":{"value":"two"}}',735649662);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',17,'step.started',1,'2030-01-01T01:00:02.000000+00:00','p0xaaaaaaaaaaaak','{"path":"second","attempt":1,"token":"p0xaaaaaaaaaaaaj","input":{"value":{"prompt":"Say two.","tools":{}}},"step_key":"c708d395bedc1fdeb34bbec353f6dae72155dcedf031b23f53f2e1400f00aa29"}',4239376094);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',18,'model.requested',1,'2030-01-01T01:00:02.000000+00:00','p0xaaaaaaaaaaaak','{"path":"second","attempt":1,"call_id":"second!1","model":"scripted:small","messages":["37119710a3b79fe2","f55c82a64a71d391"],"request_hash":"26cd6f93ffa830c9781e4beb22d1ba73","max_tokens":2048,"estimate":{"usd":"0","tokens":2072}}',2404703023);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',19,'model.responded',1,'2030-01-01T01:00:03.000000+00:00','p0xaaaaaaaaaaaam','{"path":"second","call_id":"second!1","message":{"value":{"role":"assistant","content":"two","tool_calls":[],"tool_call_id":null}},"finish_reason":"stop","model":"scripted:echo","provider":"scripted","usage":{"input_tokens":21,"output_tokens":1},"price":{"usd":"0","source":"scripted","matched":"scripted:echo"},"latency_seconds":1.0,"scripted":true}',2058054615);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',20,'step.succeeded',1,'2030-01-01T01:00:03.000000+00:00','p0xaaaaaaaaaaaan','{"path":"second","attempt":1,"output":{"value":"two"}}',70824176);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',21,'run.succeeded',1,'2030-01-01T01:00:03.000000+00:00','p0xaaaaaaaaaaaan','{"output":{"value":{"second":"two"}}}',3168742517);
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
INSERT INTO "mn_run" VALUES('xaaaaaaaaaaaaaab','590e4684cf6ff8eef0ec7f247309a940','gently','conformance.ipynb','','succeeded',21,2,NULL,'2030-01-01T00:00:00.000000+00:00','2030-01-01T01:00:03.000000+00:00','2030-01-01T01:00:03.000000+00:00',NULL,'0',1,4,4,0,1,2690954262);
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
INSERT INTO "mn_spending" VALUES('2030-01-01','',0,44,2,'{}');
INSERT INTO "mn_spending" VALUES('2030-01-01','gently',0,44,2,'{}');
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
INSERT INTO "mn_workflow" VALUES('590e4684cf6ff8eef0ec7f247309a940','gently','{"name":"gently","group":"gently","about":"","inputs":{},"outputs":{},"model":null,"tools":[],"servers":{},"max_concurrency":8,"calls_per_minute":null,"policy":[],"budget":{"usd":null,"tokens":null,"calls":10,"seconds":null,"unknown_price":null},"cheaper":"scripted:small","steps":[{"name":"first","needs":[],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":5,"kind":"agent","prompt":"Say one.","model":null,"tools":[],"turns":8,"output":null,"budget":null},{"name":"pause","needs":["first"],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":null,"line":6,"kind":"wait","duration":"1h","until":null,"signal":null},{"name":"then","needs":["pause"],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":7,"kind":"python","function":"later","args":{},"effect":"idempotent","isolation":"thread","output":null},{"name":"second","needs":["then"],"uses":["then"],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":8,"kind":"agent","prompt":"Say {{ then }}.","model":null,"tools":[],"turns":8,"output":null,"budget":{"usd":null,"tokens":null,"calls":1,"seconds":null,"unknown_price":null}}],"children":{}}','','2030-01-01T00:00:00.000000+00:00',1234121351);
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
