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
INSERT INTO "mn_answer" VALUES('49163a7cefceb4f23868e5eba0c07169','xaaaaaaaaaaaaaab',8,'2030-01-01T00:00:01.000000+00:00');
INSERT INTO "mn_answer" VALUES('6b8893baa37cb638c0b2eaeaf8ce03df','xaaaaaaaaaaaaaab',10,'2030-01-01T00:00:01.000000+00:00');
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
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',1,'run.created',1,'2030-01-01T00:00:00.000000+00:00','created','{"workflow":"twice","workflow_hash":"7032713e83ad5251c5c954a85c2dca59","origin":"conformance.ipynb","title":"","inputs":{"value":{}},"by":"ann","code":[{"name":"look","hash":"ac9dcff24b2cf147","module":"tests.conformance.world","effect":"read","environment":{"python":"3.11.7"}}],"program":"0.1.0","budget":{"usd":"1","calls":200}}',1255800752);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',2,'lease.taken',1,'2030-01-01T00:00:00.000000+00:00','lease-1','{"owner":"process-0","fence":1}',4125813986);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',3,'run.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaad','{}',3013431531);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',4,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaad','{"path":"one","attempt":1,"token":"p0xaaaaaaaaaaaab","input":{"value":{"prompt":"Say it.","tools":{}}},"step_key":"5236ffbb65aa0d7d343aada46e4b90a3d190785cc9e84d00cd9e96ad7faec6ea"}',309434416);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',5,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaad','{"path":"look","attempt":1,"token":"p0xaaaaaaaaaaaac","input":{"value":{"args":{"at":"a"}}},"step_key":"9540cf17e03bc46fba636bf0552aa66baf64272165b7ec7afc5688f89973cbd7","code_hash":"ac9dcff24b2cf147"}',2271537912);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',6,'model.requested',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaae','{"path":"one","attempt":1,"call_id":"one!1","model":"scripted:echo","messages":["37119710a3b79fe2","848d39ab1dd589af"],"request_hash":"28a17fc7926da5aba581218052bd45b4","max_tokens":2048,"estimate":{"usd":"0","tokens":2072},"tool_mode":"native"}',2112033734);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',7,'tool.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaaf','{"path":"look","attempt":1,"call_id":"look!1","tool":"look","effect":"read","args":{"value":{"at":"a"}},"args_hash":"4de17cdc21608aed0502f1ebc32ad4a4e372ec2dc27664d53a8de354158cc340","key":"mn-0e67991e83508a78a7d95f55e8318d64"}',1594664289);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',8,'tool.succeeded',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaag','{"path":"look","call_id":"look!1","output":{"value":"seen"},"latency_seconds":1.0,"remembered":"49163a7cefceb4f23868e5eba0c07169"}',1118625297);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',9,'step.succeeded',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaag','{"path":"look","attempt":1,"output":{"value":"seen"}}',561060239);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',10,'model.responded',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaah','{"path":"one","call_id":"one!1","message":{"value":{"role":"assistant","content":"Hello","tool_calls":[],"tool_call_id":null}},"finish_reason":"stop","model":"scripted:echo","provider":"scripted","usage":{"input_tokens":21,"output_tokens":2},"price":{"usd":"0","source":"scripted","matched":"scripted:echo"},"latency_seconds":1.0,"scripted":true,"remembered":"6b8893baa37cb638c0b2eaeaf8ce03df"}',2072392093);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',11,'step.succeeded',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaai','{"path":"one","attempt":1,"output":{"value":"Hello"}}',350817896);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',12,'step.started',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaai','{"path":"pause","attempt":1,"token":"","input":{"value":{"duration":"1h"}},"step_key":"257aa4f4ea215b57fd3133f27706388070965e89dd3c5add3346ebde35ab7a19"}',3674334407);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',13,'timer.set',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaai','{"path":"pause","at":"2030-01-01T01:00:01Z"}',3355882510);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',14,'lease.taken',1,'2030-01-01T01:00:02.000000+00:00','lease-2','{"owner":"process-0","fence":2}',1697964006);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',15,'timer.fired',1,'2030-01-01T01:00:02.000000+00:00','p0xaaaaaaaaaaaam','{"path":"pause"}',3924301905);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',16,'step.succeeded',1,'2030-01-01T01:00:02.000000+00:00','p0xaaaaaaaaaaaam','{"path":"pause","attempt":1,"output":{}}',89607054);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',17,'step.started',1,'2030-01-01T01:00:02.000000+00:00','p0xaaaaaaaaaaaam','{"path":"two","attempt":1,"token":"p0xaaaaaaaaaaaaj","input":{"value":{"prompt":"Say it.","tools":{}}},"step_key":"5236ffbb65aa0d7d343aada46e4b90a3d190785cc9e84d00cd9e96ad7faec6ea"}',2125091349);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',18,'step.started',1,'2030-01-01T01:00:02.000000+00:00','p0xaaaaaaaaaaaam','{"path":"again","attempt":1,"token":"p0xaaaaaaaaaaaak","input":{"value":{"args":{"at":"a"}}},"step_key":"9540cf17e03bc46fba636bf0552aa66baf64272165b7ec7afc5688f89973cbd7","code_hash":"ac9dcff24b2cf147"}',3551302732);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',19,'model.reused',1,'2030-01-01T01:00:02.000000+00:00','p0xaaaaaaaaaaaan','{"path":"two","attempt":1,"call_id":"two!1","model":"scripted:echo","answered_by":"scripted:echo","request_hash":"28a17fc7926da5aba581218052bd45b4","message":{"value":{"role":"assistant","content":"Hello","tool_calls":[],"tool_call_id":null}},"finish_reason":"stop","of_run":null,"of_call":"one!1","usage":{"input_tokens":21,"output_tokens":2},"price":{"usd":"0","source":"scripted","matched":"scripted:echo"},"latency_seconds":1.0,"tool_mode":"native","scripted":true}',2881293505);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',20,'tool.reused',1,'2030-01-01T01:00:02.000000+00:00','p0xaaaaaaaaaaaap','{"path":"again","attempt":1,"call_id":"again!1","tool":"look","effect":"read","args":{"value":{"at":"a"}},"args_hash":"4de17cdc21608aed0502f1ebc32ad4a4e372ec2dc27664d53a8de354158cc340","key":"mn-3544dc5dcba730047bb4f6520af1593e","output":{"value":"seen"},"of_run":null,"of_call":"look!1","latency_seconds":1.0}',1055368797);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',21,'step.succeeded',1,'2030-01-01T01:00:02.000000+00:00','p0xaaaaaaaaaaaap','{"path":"again","attempt":1,"output":{"value":"seen"}}',1575248461);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',22,'step.succeeded',1,'2030-01-01T01:00:02.000000+00:00','p0xaaaaaaaaaaaaq','{"path":"two","attempt":1,"output":{"value":"Hello"}}',1002272412);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',23,'run.succeeded',1,'2030-01-01T01:00:02.000000+00:00','p0xaaaaaaaaaaaaq','{"output":{"value":{"all":["Hello","Hello","seen","seen"]}}}',869919782);
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
INSERT INTO "mn_migration" VALUES('0008_answers','2030-01-01T00:00:00.000000+00:00',0);
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
INSERT INTO "mn_run" VALUES('xaaaaaaaaaaaaaab','7032713e83ad5251c5c954a85c2dca59','twice','conformance.ipynb','','succeeded',23,2,NULL,'2030-01-01T00:00:00.000000+00:00','2030-01-01T01:00:02.000000+00:00','2030-01-01T01:00:02.000000+00:00',NULL,'0',1,5,5,0,1,2352680629);
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
INSERT INTO "mn_spending" VALUES('2030-01-01','',0,23,1,'{}');
INSERT INTO "mn_spending" VALUES('2030-01-01','twice',0,23,1,'{}');
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
INSERT INTO "mn_workflow" VALUES('7032713e83ad5251c5c954a85c2dca59','twice','{"name":"twice","group":"twice","about":"","inputs":{},"outputs":{"all":"{{ [one, two, look, again] }}"},"model":null,"ladder":[],"tools":[],"servers":{},"max_concurrency":8,"calls_per_minute":null,"policy":[],"budget":null,"cheaper":null,"steps":[{"name":"one","needs":[],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":3,"kind":"agent","prompt":"Say it.","model":null,"ladder":[],"unsure":null,"tools":[],"turns":8,"output":null,"budget":null,"cache":{"scope":"run","max_age_seconds":null},"names_item":false,"long_results":{"over":8000,"then":"cut","model":null}},{"name":"look","needs":[],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":4,"kind":"tool","tool":"look","args":{"at":"a"},"output":null,"cache":{"scope":"run","max_age_seconds":null}},{"name":"pause","needs":["one","look"],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":null,"line":5,"kind":"wait","duration":"1h","until":null,"signal":null},{"name":"two","needs":["pause"],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":6,"kind":"agent","prompt":"Say it.","model":null,"ladder":[],"unsure":null,"tools":[],"turns":8,"output":null,"budget":null,"cache":{"scope":"run","max_age_seconds":null},"names_item":false,"long_results":{"over":8000,"then":"cut","model":null}},{"name":"again","needs":["pause"],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":7,"kind":"tool","tool":"look","args":{"at":"a"},"output":null,"cache":{"scope":"run","max_age_seconds":null}}],"children":{}}','','2030-01-01T00:00:00.000000+00:00',3894827704);
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
