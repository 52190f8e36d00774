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
INSERT INTO "mn_approval" VALUES('p0xaaaaaaaaaaaab','xaaaaaaaaaaaaaab','review','approve','decided','Pay?','2030-01-01T00:00:00.000000+00:00',NULL,'approve','ann','2030-01-01T00:00:01.500000+00:00');
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
INSERT INTO "mn_command" VALUES('xaaaaaaaaaaaaaac','xaaaaaaaaaaaaaab','decide','{"approval_id": "p0xaaaaaaaaaaaab", "decision": "approve", "edits": {}, "because": "", "value": null}','ann','python','2030-01-01T00:00:01.500000+00:00',1,1600585336);
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
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',1,'run.created',1,'2030-01-01T00:00:00.000000+00:00','created','{"workflow":"payment","workflow_hash":"4f47cee176b269d77d88056e23875404","origin":"conformance.ipynb","title":"12","inputs":{"value":{"amount":12}},"by":"ann","code":[{"name":"pay","hash":"85289993bf06ec54","module":"tests.conformance.world","environment":{"python":"3.11.7"}}],"program":"0.1.0"}',354114259);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',2,'lease.taken',1,'2030-01-01T00:00:00.000000+00:00','lease-1','{"owner":"process-0","fence":1}',4125813986);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',3,'run.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{}',776628306);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',4,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{"path":"review","attempt":1,"token":"","input":{"value":{"prompt":"Pay?","shown":{}}},"step_key":"4ed5c37da48de5b426be11f0010c918be44e6456336108b1f5c8123055a67447"}',3994476932);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',5,'approval.requested',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{"approval_id":"p0xaaaaaaaaaaaab","path":"review","attempt":1,"subject":"approve","prompt":"Pay?","shown":{"value":{}},"calls":[{"call_id":"pay!0","tool":"pay","effect":"write","args":{"value":{"usd":12}},"args_hash":"4de90ee23b2ea005d9b851398d8718acc06df92946a22c1069df6b383b37f463","key":"mn-d9af97a11fc792b5549791ef04bbf984"}]}',2507180285);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',6,'lease.taken',1,'2030-01-01T00:00:01.500000+00:00','lease-2','{"owner":"process-0","fence":2}',362777567);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',7,'approval.decided',1,'2030-01-01T00:00:01.500000+00:00','p0xaaaaaaaaaaaae','{"approval_id":"p0xaaaaaaaaaaaab","path":"review","decision":"approve","by":"ann","via":"python","decided_at":"2030-01-01T00:00:01.500000Z","edits":{"value":{}},"authorised":["4de90ee23b2ea005d9b851398d8718acc06df92946a22c1069df6b383b37f463"],"command_id":"xaaaaaaaaaaaaaac"}',4086563321);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',8,'step.succeeded',1,'2030-01-01T00:00:01.500000+00:00','p0xaaaaaaaaaaaae','{"path":"review","attempt":1,"output":{"value":{"approved":true,"by":"ann","because":""}}}',884474187);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',9,'step.started',1,'2030-01-01T00:00:01.500000+00:00','p0xaaaaaaaaaaaae','{"path":"pay","attempt":1,"token":"p0xaaaaaaaaaaaad","input":{"value":{"args":{"usd":12}}},"step_key":"5f6ef1e816968e6b711307f707dfea16f85a6e0b3c16d1316ae8709804a4ebd0","code_hash":"85289993bf06ec54"}',1935887139);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',10,'tool.started',1,'2030-01-01T00:00:01.500000+00:00','p0xaaaaaaaaaaaae','{"path":"pay","attempt":1,"call_id":"pay!1","tool":"pay","effect":"write","args":{"value":{"usd":12}},"args_hash":"4de90ee23b2ea005d9b851398d8718acc06df92946a22c1069df6b383b37f463","key":"mn-d9af97a11fc792b5549791ef04bbf984"}',3961656636);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',11,'tool.succeeded',1,'2030-01-01T00:00:02.500000+00:00','p0xaaaaaaaaaaaaf','{"path":"pay","call_id":"pay!1","output":{"value":"paid 12"},"latency_seconds":1.0}',1576333696);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',12,'step.succeeded',1,'2030-01-01T00:00:02.500000+00:00','p0xaaaaaaaaaaaaf','{"path":"pay","attempt":1,"output":{"value":"paid 12"}}',3575623900);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',13,'run.succeeded',1,'2030-01-01T00:00:02.500000+00:00','p0xaaaaaaaaaaaaf','{"output":{"value":{"pay":"paid 12"}}}',1442933158);
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
INSERT INTO "mn_run" VALUES('xaaaaaaaaaaaaaab','4f47cee176b269d77d88056e23875404','payment','conformance.ipynb','12','succeeded',13,2,NULL,'2030-01-01T00:00:00.000000+00:00','2030-01-01T00:00:02.500000+00:00','2030-01-01T00:00:02.500000+00:00',NULL,'0',1,2,2,0,0,3530950106);
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
INSERT INTO "mn_workflow" VALUES('4f47cee176b269d77d88056e23875404','payment','{"name":"payment","group":"payment","about":"","inputs":{"amount":{"json_schema":{"type":"integer"},"type_text":"int","required":true,"default":null,"about":""}},"outputs":{},"model":null,"tools":[],"max_concurrency":8,"calls_per_minute":null,"steps":[{"name":"review","needs":[],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":5,"kind":"approve","prompt":"Pay?","authorises":"pay","show":[],"edit":[],"expires":null,"on_reject":null},{"name":"pay","needs":["review"],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":8,"kind":"tool","tool":"pay","args":{"usd":"{{ inputs.amount }}"},"output":null}],"children":{}}','','2030-01-01T00:00:00.000000+00:00',2303249058);
CREATE INDEX mn_run_by_age ON mn_run (created_at);
CREATE INDEX mn_run_by_origin ON mn_run (origin, status);
CREATE INDEX mn_run_by_owner ON mn_run (owner);
CREATE INDEX mn_approval_by_status ON mn_approval (status, run_id);
CREATE INDEX mn_command_by_taken ON mn_command (taken, run_id);
CREATE INDEX mn_run_by_origin_and_age ON mn_run (origin, created_at DESC, id);
CREATE INDEX mn_run_by_wake ON mn_run (origin, status, wake_at, waiting);
CREATE INDEX mn_approval_by_age ON mn_approval (status, requested_at, id);
COMMIT;
