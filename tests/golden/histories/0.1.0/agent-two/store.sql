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
INSERT INTO "mn_approval" VALUES('p0xaaaaaaaaaaaae','xaaaaaaaaaaaaaab','post','call','decided','May ''post'' be called? It writes.','2030-01-01T00:00:01.000000+00:00',NULL,'approve','ann','2030-01-01T00:00:02.500000+00:00');
INSERT INTO "mn_approval" VALUES('p0xaaaaaaaaaaaaj','xaaaaaaaaaaaaaab','post','call','decided','May ''post'' be called? It writes.','2030-01-01T00:00:04.000000+00:00',NULL,'approve','ann','2030-01-01T00:00:05.500000+00:00');
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
INSERT INTO "mn_attempt" VALUES('xaaaaaaaaaaaaaab','post','p0xaaaaaaaaaaaab');
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
INSERT INTO "mn_command" VALUES('xaaaaaaaaaaaaaac','xaaaaaaaaaaaaaab','decide','{"approval_id": "p0xaaaaaaaaaaaae", "decision": "approve", "edits": {}, "because": "", "value": null}','ann','python','2030-01-01T00:00:02.500000+00:00',1,2520972290);
INSERT INTO "mn_command" VALUES('xaaaaaaaaaaaaaad','xaaaaaaaaaaaaaab','decide','{"approval_id": "p0xaaaaaaaaaaaaj", "decision": "approve", "edits": {}, "because": "", "value": null}','ann','python','2030-01-01T00:00:05.500000+00:00',1,2878758334);
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
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',1,'run.created',1,'2030-01-01T00:00:00.000000+00:00','created','{"workflow":"posting","workflow_hash":"41660b2b00ba65852e075732b0b54039","origin":"conformance.ipynb","title":"","inputs":{"value":{}},"by":"ann","code":[{"name":"post","hash":"1a30aefde5516efd","module":"tests.conformance.world","environment":{"python":"3.11.7"}}],"program":"0.1.0"}',1474594000);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',2,'lease.taken',1,'2030-01-01T00:00:00.000000+00:00','lease-1','{"owner":"process-0","fence":1}',4125813986);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',3,'run.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{}',776628306);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',4,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{"path":"post","attempt":1,"token":"p0xaaaaaaaaaaaab","input":{"value":{"prompt":"Post both.","tools":{"post":{}}}},"step_key":"b0c727146a4800a4a699f7b127e33efb1699a422cafd14a4d15502291bb4235f"}',123711968);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',5,'model.requested',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{"path":"post","attempt":1,"call_id":"post!1","model":"scripted:echo","messages":["37119710a3b79fe2","e8fe0136f9a42250"],"request_hash":"1dfb6ac93bced1ef6529197d3889c13c","max_tokens":2048}',803109550);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',6,'model.responded',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaad','{"path":"post","call_id":"post!1","message":{"value":{"role":"assistant","content":"","tool_calls":[{"id":"call_d0223a7d_0","name":"post","arguments":"{\"text\": \"a\"}"},{"id":"call_d0223a7d_1","name":"post","arguments":"{\"text\": \"b\"}"}],"tool_call_id":null}},"finish_reason":"tool_calls","model":"scripted:echo","provider":"scripted","usage":{"input_tokens":22,"output_tokens":9},"price":{"usd":"0","source":"scripted","matched":"scripted:echo"},"latency_seconds":1.0,"scripted":true}',740837034);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',7,'tool.judged',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaaf','{"path":"post","attempt":1,"call_id":"post!2","answers":"post!1","tool":"post","effect":"write","args":{"value":{"text":"a"}},"args_hash":"4ca513bdc0aa27c789185ce72022ffad8f59ba3e233867752c7fd211986ffb14","key":"mn-aee29254ccda1125fcc21785a12130ab","verdict":"ask","because":"it writes, and nobody has allowed it yet"}',2728226009);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',8,'approval.requested',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaaf','{"approval_id":"p0xaaaaaaaaaaaae","path":"post","attempt":1,"subject":"call","prompt":"May ''post'' be called? It writes.","calls":[{"call_id":"post!2","tool":"post","effect":"write","args":{"value":{"text":"a"}},"args_hash":"4ca513bdc0aa27c789185ce72022ffad8f59ba3e233867752c7fd211986ffb14","key":"mn-aee29254ccda1125fcc21785a12130ab"}]}',1445987993);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',9,'lease.taken',1,'2030-01-01T00:00:03.000000+00:00','lease-2','{"owner":"process-0","fence":2}',2898814670);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',10,'approval.decided',1,'2030-01-01T00:00:03.000000+00:00','p0xaaaaaaaaaaaag','{"approval_id":"p0xaaaaaaaaaaaae","path":"post","decision":"approve","by":"ann","via":"python","decided_at":"2030-01-01T00:00:02.500000Z","command_id":"xaaaaaaaaaaaaaac"}',3442652917);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',11,'step.resumed',1,'2030-01-01T00:00:03.000000+00:00','p0xaaaaaaaaaaaag','{"path":"post","attempt":1,"token":"p0xaaaaaaaaaaaab"}',2140975366);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',12,'tool.started',1,'2030-01-01T00:00:03.000000+00:00','p0xaaaaaaaaaaaah','{"path":"post","attempt":1,"call_id":"post!2","answers":"post!1","tool":"post","effect":"write","args":{"value":{"text":"a"}},"args_hash":"4ca513bdc0aa27c789185ce72022ffad8f59ba3e233867752c7fd211986ffb14","key":"mn-aee29254ccda1125fcc21785a12130ab"}',2608505468);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',13,'tool.succeeded',1,'2030-01-01T00:00:04.000000+00:00','p0xaaaaaaaaaaaai','{"path":"post","call_id":"post!2","output":{"value":"posted a"},"latency_seconds":1.0}',2141312113);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',14,'tool.judged',1,'2030-01-01T00:00:04.000000+00:00','p0xaaaaaaaaaaaak','{"path":"post","attempt":1,"call_id":"post!3","answers":"post!1","index":1,"tool":"post","effect":"write","args":{"value":{"text":"b"}},"args_hash":"0f5ebc82322a3ce907cda6e6a9e23dfe57bf30c09758c41a36accf08b39fb0ab","key":"mn-21856adeba6baa0f60411426d0b50c09","verdict":"ask","because":"it writes, and nobody has allowed it yet"}',4257853155);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',15,'approval.requested',1,'2030-01-01T00:00:04.000000+00:00','p0xaaaaaaaaaaaak','{"approval_id":"p0xaaaaaaaaaaaaj","path":"post","attempt":1,"subject":"call","prompt":"May ''post'' be called? It writes.","calls":[{"call_id":"post!3","tool":"post","effect":"write","args":{"value":{"text":"b"}},"args_hash":"0f5ebc82322a3ce907cda6e6a9e23dfe57bf30c09758c41a36accf08b39fb0ab","key":"mn-21856adeba6baa0f60411426d0b50c09"}]}',3911530472);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',16,'lease.taken',1,'2030-01-01T00:00:06.000000+00:00','lease-3','{"owner":"process-0","fence":3}',689096241);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',17,'approval.decided',1,'2030-01-01T00:00:06.000000+00:00','p0xaaaaaaaaaaaam','{"approval_id":"p0xaaaaaaaaaaaaj","path":"post","decision":"approve","by":"ann","via":"python","decided_at":"2030-01-01T00:00:05.500000Z","command_id":"xaaaaaaaaaaaaaad"}',4244023652);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',18,'step.resumed',1,'2030-01-01T00:00:06.000000+00:00','p0xaaaaaaaaaaaam','{"path":"post","attempt":1,"token":"p0xaaaaaaaaaaaab"}',3544775325);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',19,'tool.started',1,'2030-01-01T00:00:06.000000+00:00','p0xaaaaaaaaaaaan','{"path":"post","attempt":1,"call_id":"post!3","answers":"post!1","index":1,"tool":"post","effect":"write","args":{"value":{"text":"b"}},"args_hash":"0f5ebc82322a3ce907cda6e6a9e23dfe57bf30c09758c41a36accf08b39fb0ab","key":"mn-21856adeba6baa0f60411426d0b50c09"}',443676344);
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
INSERT INTO "mn_process" VALUES('process-0',1,'host','','conformance.ipynb','2030-01-01T00:00:00.000000+00:00',4,0);
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
INSERT INTO "mn_run" VALUES('xaaaaaaaaaaaaaab','41660b2b00ba65852e075732b0b54039','posting','conformance.ipynb','','running',19,3,'process-0','2030-01-01T00:00:00.000000+00:00','2030-01-01T00:00:06.000000+00:00',NULL,NULL,'0',1,0,1,0,1,684197537);
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
INSERT INTO "mn_workflow" VALUES('41660b2b00ba65852e075732b0b54039','posting','{"name":"posting","group":"posting","about":"","inputs":{},"outputs":{},"model":null,"tools":[],"max_concurrency":8,"calls_per_minute":null,"steps":[{"name":"post","needs":[],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":3,"kind":"agent","prompt":"Post both.","model":null,"tools":[{"tool":"post","bound":{}}],"turns":8,"output":null}],"children":{}}','','2030-01-01T00:00:00.000000+00:00',2827423086);
CREATE INDEX mn_run_by_age ON mn_run (created_at);
CREATE INDEX mn_run_by_origin ON mn_run (origin, status);
CREATE INDEX mn_run_by_owner ON mn_run (owner);
CREATE INDEX mn_approval_by_status ON mn_approval (status, run_id);
CREATE INDEX mn_command_by_taken ON mn_command (taken, run_id);
CREATE INDEX mn_run_by_origin_and_age ON mn_run (origin, created_at DESC, id);
CREATE INDEX mn_run_by_wake ON mn_run (origin, status, wake_at, waiting);
CREATE INDEX mn_approval_by_age ON mn_approval (status, requested_at, id);
COMMIT;
