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
INSERT INTO "mn_approval" VALUES('p0xaaaaaaaaaaaab','xaaaaaaaaaaaaaab','review','approve','decided','Accept?','2030-01-01T00:00:00.000000+00:00',NULL,'approve','ann','2030-01-04T00:00:00.500000+00:00');
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
INSERT INTO "mn_command" VALUES('xaaaaaaaaaaaaaac','xaaaaaaaaaaaaaab','decide','{"approval_id": "p0xaaaaaaaaaaaab", "decision": "approve", "edits": {}, "because": "", "value": null, "always": false, "verified": false}','ann','python','2030-01-04T00:00:00.500000+00:00',1,1379476132);
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
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',1,'run.created',1,'2030-01-01T00:00:00.000000+00:00','created','{"workflow":"offer","workflow_hash":"ce9364c03ad2393d3615e35d68be02bf","origin":"conformance.ipynb","title":"","inputs":{"value":{}},"by":"ann","code":[{"name":"accept","hash":"46b82a4535c098a0","module":"tests.conformance.world","effect":"idempotent","environment":{"python":"3.11.7"}}],"program":"0.1.0","budget":{"usd":"1","calls":200}}',558557290);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',2,'lease.taken',1,'2030-01-01T00:00:00.000000+00:00','lease-1','{"owner":"process-0","fence":1}',4125813986);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',3,'run.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{}',776628306);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',4,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{"path":"review","attempt":1,"token":"","input":{"value":{"prompt":"Accept?","shown":{}}},"step_key":"7023a6b26bb5354f0bc56e1a0ce8f532bd5c17f979f8b1b58efa8693f2af0d74"}',856830624);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',5,'approval.requested',2,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{"approval_id":"p0xaaaaaaaaaaaab","path":"review","attempt":1,"subject":"approve","prompt":"Accept?","shown":{"value":{}},"expires_at":"2030-01-03T00:00:00Z","then":"escalate","to":"the head of sales"}',211171522);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',6,'lease.taken',1,'2030-01-03T00:00:01.000000+00:00','lease-2','{"owner":"process-0","fence":2}',2708952095);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',7,'approval.escalated',1,'2030-01-03T00:00:01.000000+00:00','p0xaaaaaaaaaaaad','{"approval_id":"p0xaaaaaaaaaaaab","path":"review","to":"the head of sales"}',378335457);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',8,'lease.taken',1,'2030-01-04T00:00:00.500000+00:00','lease-3','{"owner":"process-0","fence":3}',176928810);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',9,'approval.decided',2,'2030-01-04T00:00:00.500000+00:00','p0xaaaaaaaaaaaaf','{"approval_id":"p0xaaaaaaaaaaaab","path":"review","decision":"approve","by":"ann","via":"python","decided_at":"2030-01-04T00:00:00.500000Z","edits":{"value":{}},"command_id":"xaaaaaaaaaaaaaac"}',2833070386);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',10,'step.succeeded',1,'2030-01-04T00:00:00.500000+00:00','p0xaaaaaaaaaaaaf','{"path":"review","attempt":1,"output":{"value":{"approved":true,"by":"ann","because":""}}}',2647539838);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',11,'step.started',1,'2030-01-04T00:00:00.500000+00:00','p0xaaaaaaaaaaaaf','{"path":"accept","attempt":1,"token":"p0xaaaaaaaaaaaae","input":{"value":{"args":{}}},"step_key":"f8769fe042139e3b76ee4f017b35366521156c3c9067be019a1633b4ac4e55ea","code_hash":"46b82a4535c098a0"}',360003379);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',12,'step.succeeded',1,'2030-01-04T00:00:01.500000+00:00','p0xaaaaaaaaaaaag','{"path":"accept","attempt":1,"output":{"value":"accepted"}}',2579523975);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',13,'run.succeeded',1,'2030-01-04T00:00:01.500000+00:00','p0xaaaaaaaaaaaag','{"output":{"value":{"accept":"accepted"}}}',127155077);
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
INSERT INTO "mn_run" VALUES('xaaaaaaaaaaaaaab','ce9364c03ad2393d3615e35d68be02bf','offer','conformance.ipynb','','succeeded',13,3,NULL,'2030-01-01T00:00:00.000000+00:00','2030-01-04T00:00:01.500000+00:00','2030-01-04T00:00:01.500000+00:00',NULL,'0',1,2,2,0,0,1120536425);
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
INSERT INTO "mn_workflow" VALUES('ce9364c03ad2393d3615e35d68be02bf','offer','{"name":"offer","group":"offer","about":"","inputs":{},"outputs":{},"model":null,"tools":[],"servers":{},"max_concurrency":8,"calls_per_minute":null,"policy":[],"budget":null,"cheaper":null,"steps":[{"name":"review","needs":[],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":3,"kind":"approve","prompt":"Accept?","authorises":null,"show":[],"edit":[],"expires":{"after_seconds":172800.0,"then":"escalate","to":"the head of sales"},"on_reject":null},{"name":"accept","needs":["review"],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":6,"kind":"python","function":"accept","args":{},"effect":"idempotent","isolation":"thread","output":null}],"children":{}}','','2030-01-01T00:00:00.000000+00:00',3954969276);
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
