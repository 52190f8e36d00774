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
INSERT INTO "mn_approval" VALUES('p0xaaaaaaaaaaaab','xaaaaaaaaaaaaaab','who','ask','decided','Who should receive replies?','2030-01-01T00:00:00.000000+00:00',NULL,'answer','ann','2030-01-01T01:00:00.500000+00:00');
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
INSERT INTO "mn_command" VALUES('xaaaaaaaaaaaaaac','xaaaaaaaaaaaaaab','decide','{"approval_id": "p0xaaaaaaaaaaaab", "decision": "answer", "edits": null, "because": "", "value": {"email": "eve@example.org", "cc": []}}','ann','python','2030-01-01T01:00:00.500000+00:00',1,1924279139);
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
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',1,'run.created',1,'2030-01-01T00:00:00.000000+00:00','created','{"workflow":"contact","workflow_hash":"687dde87ae6328353a9e0dfdb6958190","origin":"conformance.ipynb","title":"","inputs":{"value":{}},"by":"ann","code":[{"name":"write_down","hash":"2548796d2a502242","module":"tests.conformance.world","effect":"idempotent","environment":{"python":"3.11.7"}}],"program":"0.1.0"}',3830309247);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',2,'lease.taken',1,'2030-01-01T00:00:00.000000+00:00','lease-1','{"owner":"process-0","fence":1}',4125813986);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',3,'run.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{}',776628306);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',4,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{"path":"who","attempt":1,"token":"","input":{"value":{"prompt":"Who should receive replies?"}},"step_key":"d18522c21c2206ddb3dd780af8480ec3b5824bcaa7aa2f5adbd76e86d322258a"}',1603464291);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',5,'approval.requested',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{"approval_id":"p0xaaaaaaaaaaaab","path":"who","attempt":1,"subject":"ask","prompt":"Who should receive replies?","form":{"type":"object","properties":{"email":{"type":"string"},"cc":{"type":"array","items":{"type":"string"},"default":[]}},"required":["email"],"additionalProperties":false}}',3587973790);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',6,'lease.taken',1,'2030-01-01T01:00:00.500000+00:00','lease-2','{"owner":"process-0","fence":2}',3739856102);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',7,'approval.decided',2,'2030-01-01T01:00:00.500000+00:00','p0xaaaaaaaaaaaae','{"approval_id":"p0xaaaaaaaaaaaab","path":"who","decision":"answer","by":"ann","via":"python","decided_at":"2030-01-01T01:00:00.500000Z","command_id":"xaaaaaaaaaaaaaac","answers":{"value":{"email":"eve@example.org","cc":[]}}}',1996068901);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',8,'step.succeeded',1,'2030-01-01T01:00:00.500000+00:00','p0xaaaaaaaaaaaae','{"path":"who","attempt":1,"output":{"value":{"email":"eve@example.org","cc":[],"by":"ann"}}}',3952149412);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',9,'step.started',1,'2030-01-01T01:00:00.500000+00:00','p0xaaaaaaaaaaaae','{"path":"note","attempt":1,"token":"p0xaaaaaaaaaaaad","input":{"value":{"args":{"to":"eve@example.org","by":"ann"}}},"step_key":"1556c3e0d2d82447217564f4553c451f2595e29d0009b56167c0a422caa24e38","code_hash":"2548796d2a502242"}',2725004803);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',10,'step.succeeded',1,'2030-01-01T01:00:01.500000+00:00','p0xaaaaaaaaaaaaf','{"path":"note","attempt":1,"output":{"value":"eve@example.org (ann)"}}',2027271726);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',11,'run.succeeded',1,'2030-01-01T01:00:01.500000+00:00','p0xaaaaaaaaaaaaf','{"output":{"value":{"note":"eve@example.org (ann)"}}}',236450559);
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
INSERT INTO "mn_run" VALUES('xaaaaaaaaaaaaaab','687dde87ae6328353a9e0dfdb6958190','contact','conformance.ipynb','','succeeded',11,2,NULL,'2030-01-01T00:00:00.000000+00:00','2030-01-01T01:00:01.500000+00:00','2030-01-01T01:00:01.500000+00:00',NULL,'0',1,2,2,0,0,1197106150);
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
INSERT INTO "mn_workflow" VALUES('687dde87ae6328353a9e0dfdb6958190','contact','{"name":"contact","group":"contact","about":"","inputs":{},"outputs":{},"model":null,"tools":[],"max_concurrency":8,"calls_per_minute":null,"policy":[],"steps":[{"name":"who","needs":[],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":3,"kind":"ask","prompt":"Who should receive replies?","fields":{"type":"object","properties":{"email":{"type":"string"},"cc":{"type":"array","items":{"type":"string"},"default":[]}},"required":["email"],"additionalProperties":false},"expires":null},{"name":"note","needs":["who"],"uses":["who"],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":8,"kind":"python","function":"write_down","args":{"to":"{{ who.email }}","by":"{{ who.by }}"},"effect":"idempotent","isolation":"thread","output":null}],"children":{}}','','2030-01-01T00:00:00.000000+00:00',4281607306);
CREATE INDEX mn_run_by_age ON mn_run (created_at);
CREATE INDEX mn_run_by_origin ON mn_run (origin, status);
CREATE INDEX mn_run_by_owner ON mn_run (owner);
CREATE INDEX mn_approval_by_status ON mn_approval (status, run_id);
CREATE INDEX mn_command_by_taken ON mn_command (taken, run_id);
CREATE INDEX mn_run_by_origin_and_age ON mn_run (origin, created_at DESC, id);
CREATE INDEX mn_run_by_wake ON mn_run (origin, status, wake_at, waiting);
CREATE INDEX mn_approval_by_age ON mn_approval (status, requested_at, id);
COMMIT;
