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
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',1,'run.created',1,'2030-01-01T00:00:00.000000+00:00','created','{"workflow":"log","workflow_hash":"1dc6cf8385eb929fcff9e68e176caf62","origin":"conformance.ipynb","title":"","inputs":{"value":{}},"by":"ann","code":[{"name":"log","hash":"5fdbe1964a991b4a","module":"tests.conformance.world","effect":"read","environment":{"python":"3.11.7"}}],"program":"0.1.0","budget":{"usd":"1","calls":200}}',3426915297);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',2,'lease.taken',1,'2030-01-01T00:00:00.000000+00:00','lease-1','{"owner":"process-0","fence":1}',4125813986);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',3,'run.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{}',776628306);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',4,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{"path":"read","attempt":1,"token":"p0xaaaaaaaaaaaab","input":{"value":{"prompt":"What went wrong?","tools":{"log":{}}}},"step_key":"0f5ffe61ee2147dfa0ac8dda6b1783118c455eca748552a26a69a653112b11de"}',3548462339);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',5,'model.requested',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{"path":"read","attempt":1,"call_id":"read!1","model":"scripted:echo","messages":["37119710a3b79fe2","e0cb57d060ef2046"],"request_hash":"72089241134396613c093f09ac62789e","max_tokens":2048,"estimate":{"usd":"0","tokens":2130},"tool_mode":"native"}',1616218610);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',6,'model.responded',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaad','{"path":"read","call_id":"read!1","message":{"value":{"role":"assistant","content":"","tool_calls":[{"id":"call_d77b7af8_0","name":"log","arguments":"{}"}],"tool_call_id":null}},"finish_reason":"tool_calls","model":"scripted:echo","provider":"scripted","usage":{"input_tokens":23,"output_tokens":2},"price":{"usd":"0","source":"scripted","matched":"scripted:echo"},"latency_seconds":1.0,"scripted":true}',3385797271);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',7,'tool.started',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaae','{"path":"read","attempt":1,"call_id":"read!2","answers":"read!1","tool":"log","effect":"read","args":{"value":{}},"args_hash":"a51b3a1ba9ca16337c1495b38bd241936ad49a8f31eb1eae5b0581098fd191a5","key":"mn-3f871d68bfa4bc4e1e6994c1fdb0079a"}',3896183455);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',8,'tool.succeeded',1,'2030-01-01T00:00:02.000000+00:00','p0xaaaaaaaaaaaaf','{"path":"read","call_id":"read!2","output":{"value":"start xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx end"},"latency_seconds":1.0}',1014395191);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',9,'model.requested',1,'2030-01-01T00:00:02.000000+00:00','p0xaaaaaaaaaaaag','{"path":"read","attempt":1,"call_id":"read!3","model":"tiny","messages":["a72faa6a8d87a20a","bca069900ee2ccf6"],"request_hash":"560d5f8de261b87e4ed1d9a67052ad6d","max_tokens":2048,"estimate":{"usd":"0","tokens":2258},"tool_mode":"native","about":"read!2"}',3298804298);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',10,'model.responded',1,'2030-01-01T00:00:03.000000+00:00','p0xaaaaaaaaaaaah','{"path":"read","call_id":"read!3","message":{"value":{"role":"assistant","content":" ","tool_calls":[],"tool_call_id":null}},"finish_reason":"stop","model":"scripted:echo","provider":"scripted","usage":{"input_tokens":184,"output_tokens":1},"price":{"usd":"0","source":"scripted","matched":"scripted:echo"},"latency_seconds":1.0,"scripted":true}',1415259050);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',11,'tool.shortened',1,'2030-01-01T00:00:03.000000+00:00','p0xaaaaaaaaaaaah','{"path":"read","call_id":"read!2","over":200,"characters":410,"first":150,"last":50,"by":"read!3","because":"the summary that was asked for was empty"}',1798332558);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',12,'model.requested',1,'2030-01-01T00:00:03.000000+00:00','p0xaaaaaaaaaaaai','{"path":"read","attempt":1,"call_id":"read!4","model":"scripted:echo","messages":["37119710a3b79fe2","e0cb57d060ef2046","5c64269d836b6c73","7c59ce2cc7bfd751"],"request_hash":"30f08e01209e28b7804544fd2ce828bf","max_tokens":2048,"estimate":{"usd":"0","tokens":2216},"tool_mode":"native"}',3518429757);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',13,'model.responded',1,'2030-01-01T00:00:04.000000+00:00','p0xaaaaaaaaaaaaj','{"path":"read","call_id":"read!4","message":{"value":{"role":"assistant","content":"Nothing.","tool_calls":[],"tool_call_id":null}},"finish_reason":"stop","model":"scripted:echo","provider":"scripted","usage":{"input_tokens":97,"output_tokens":2},"price":{"usd":"0","source":"scripted","matched":"scripted:echo"},"latency_seconds":1.0,"scripted":true}',1040668982);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',14,'step.succeeded',1,'2030-01-01T00:00:04.000000+00:00','p0xaaaaaaaaaaaak','{"path":"read","attempt":1,"output":{"value":"Nothing."}}',1653527655);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',15,'run.succeeded',1,'2030-01-01T00:00:04.000000+00:00','p0xaaaaaaaaaaaak','{"output":{"value":{"read":"Nothing."}}}',1611467077);
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
INSERT INTO "mn_run" VALUES('xaaaaaaaaaaaaaab','1dc6cf8385eb929fcff9e68e176caf62','log','conformance.ipynb','','succeeded',15,1,NULL,'2030-01-01T00:00:00.000000+00:00','2030-01-01T00:00:04.000000+00:00','2030-01-01T00:00:04.000000+00:00',NULL,'0',1,1,1,0,1,469218162);
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
INSERT INTO "mn_spending" VALUES('2030-01-01','',0,309,3,'{}');
INSERT INTO "mn_spending" VALUES('2030-01-01','log',0,309,3,'{}');
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
INSERT INTO "mn_workflow" VALUES('1dc6cf8385eb929fcff9e68e176caf62','log','{"name":"log","group":"log","about":"","inputs":{},"outputs":{},"model":null,"ladder":[],"tools":[],"servers":{},"max_concurrency":8,"calls_per_minute":null,"policy":[],"budget":null,"cheaper":null,"steps":[{"name":"read","needs":[],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":3,"kind":"agent","prompt":"What went wrong?","model":null,"ladder":[],"unsure":null,"tools":[{"tool":"log","bound":{}}],"turns":8,"output":null,"budget":null,"cache":null,"names_item":false,"long_results":{"over":200,"then":"summarise","model":"tiny"}}],"children":{}}','','2030-01-01T00:00:00.000000+00:00',2511792516);
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
