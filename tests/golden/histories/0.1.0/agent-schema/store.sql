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
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',1,'run.created',1,'2030-01-01T00:00:00.000000+00:00','created','{"workflow":"research","workflow_hash":"c21e35cfaa1a3349cc2a6b1299441cb0","origin":"conformance.ipynb","title":"","inputs":{"value":{}},"by":"ann","code":[{"name":"look_up","hash":"d95a89a301ac704f","module":"tests.conformance.world","effect":"read","environment":{"python":"3.11.7"}}],"program":"0.1.0"}',2309271402);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',2,'lease.taken',1,'2030-01-01T00:00:00.000000+00:00','lease-1','{"owner":"process-0","fence":1}',4125813986);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',3,'run.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{}',776628306);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',4,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{"path":"find","attempt":1,"token":"p0xaaaaaaaaaaaab","input":{"value":{"prompt":"How many people live in Bern?","tools":{"look_up":{}}}},"step_key":"240c7026b07fd8bce5d59d8dedd38872e52e6a6fe11033973356b79631cca868"}',727061023);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',5,'model.requested',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{"path":"find","attempt":1,"call_id":"find!1","model":"scripted:echo","messages":["55dc5211cc80b549","6249a5e895a56e14"],"request_hash":"8dc691b99ec7b416a88b5e33bd47b760","max_tokens":2048}',2519771031);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',6,'model.responded',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaad','{"path":"find","call_id":"find!1","message":{"value":{"role":"assistant","content":"{\"tool\": \"look_up\", \"arguments\": {\"place\": \"Bern\"}}","tool_calls":[],"tool_call_id":null}},"finish_reason":"stop","model":"scripted:echo","provider":"scripted","usage":{"input_tokens":98,"output_tokens":13},"price":{"usd":"0","source":"scripted","matched":"scripted:echo"},"latency_seconds":1.0,"scripted":true}',604269985);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',7,'tool.started',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaae','{"path":"find","attempt":1,"call_id":"find!2","answers":"find!1","tool":"look_up","effect":"read","args":{"value":{"place":"Bern"}},"args_hash":"67c8a3e7f87b1ee691daa4e667e283a4ed27b4a1faf1b0724a814a77c6e163f7","key":"mn-a3e86ec77afb91fdfc4a6f0f03cbc2ea"}',2642771357);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',8,'tool.succeeded',1,'2030-01-01T00:00:02.000000+00:00','p0xaaaaaaaaaaaaf','{"path":"find","call_id":"find!2","output":{"value":{"people":134000}},"latency_seconds":1.0}',300070444);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',9,'model.requested',1,'2030-01-01T00:00:02.000000+00:00','p0xaaaaaaaaaaaag','{"path":"find","attempt":1,"call_id":"find!3","model":"scripted:echo","messages":["55dc5211cc80b549","6249a5e895a56e14","49c41cf97ac3e915","c8b67b10ea6d0103"],"request_hash":"688794b9c17ad0bd45329c573dd4a743","max_tokens":2048}',490434346);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',10,'model.responded',1,'2030-01-01T00:00:03.000000+00:00','p0xaaaaaaaaaaaah','{"path":"find","call_id":"find!3","message":{"value":{"role":"assistant","content":"{\"tool\": \"final_answer\", \"arguments\": {\"people\": 134000}}","tool_calls":[],"tool_call_id":null}},"finish_reason":"stop","model":"scripted:echo","provider":"scripted","usage":{"input_tokens":119,"output_tokens":15},"price":{"usd":"0","source":"scripted","matched":"scripted:echo"},"latency_seconds":1.0,"scripted":true}',3492452998);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',11,'step.succeeded',1,'2030-01-01T00:00:03.000000+00:00','p0xaaaaaaaaaaaai','{"path":"find","attempt":1,"output":{"value":{"people":134000}}}',2273200736);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',12,'run.succeeded',1,'2030-01-01T00:00:03.000000+00:00','p0xaaaaaaaaaaaai','{"output":{"value":{"find":{"people":134000}}}}',1302771196);
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
INSERT INTO "mn_run" VALUES('xaaaaaaaaaaaaaab','c21e35cfaa1a3349cc2a6b1299441cb0','research','conformance.ipynb','','succeeded',12,1,NULL,'2030-01-01T00:00:00.000000+00:00','2030-01-01T00:00:03.000000+00:00','2030-01-01T00:00:03.000000+00:00',NULL,'0',1,1,1,0,1,168795922);
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
INSERT INTO "mn_workflow" VALUES('c21e35cfaa1a3349cc2a6b1299441cb0','research','{"name":"research","group":"research","about":"","inputs":{},"outputs":{},"model":null,"tools":[],"max_concurrency":8,"calls_per_minute":null,"steps":[{"name":"find","needs":[],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":3,"kind":"agent","prompt":"How many people live in Bern?","model":null,"tools":[{"tool":"look_up","bound":{}}],"turns":8,"output":{"type":"object","properties":{"people":{"type":"integer"}},"required":["people"],"additionalProperties":false}}],"children":{}}','','2030-01-01T00:00:00.000000+00:00',919196740);
CREATE INDEX mn_run_by_age ON mn_run (created_at);
CREATE INDEX mn_run_by_origin ON mn_run (origin, status);
CREATE INDEX mn_run_by_owner ON mn_run (owner);
CREATE INDEX mn_approval_by_status ON mn_approval (status, run_id);
CREATE INDEX mn_command_by_taken ON mn_command (taken, run_id);
CREATE INDEX mn_run_by_origin_and_age ON mn_run (origin, created_at DESC, id);
CREATE INDEX mn_run_by_wake ON mn_run (origin, status, wake_at, waiting);
CREATE INDEX mn_approval_by_age ON mn_approval (status, requested_at, id);
COMMIT;
