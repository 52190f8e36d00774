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
INSERT INTO "mn_approval" VALUES('p0xaaaaaaaaaaaad','xaaaaaaaaaaaaaab','book','call','decided','May ''book'' be called? It writes.','2030-01-01T00:00:00.000000+00:00',NULL,'approve','ann','2030-01-01T00:00:01.500000+00:00');
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
INSERT INTO "mn_attempt" VALUES('xaaaaaaaaaaaaaab','book','p0xaaaaaaaaaaaab');
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
INSERT INTO "mn_command" VALUES('xaaaaaaaaaaaaaac','xaaaaaaaaaaaaaab','decide','{"approval_id": "p0xaaaaaaaaaaaad", "decision": "approve", "edits": {}, "because": "", "value": null}','ann','python','2030-01-01T00:00:01.500000+00:00',1,1551109332);
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
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',1,'run.created',1,'2030-01-01T00:00:00.000000+00:00','created','{"workflow":"booking","workflow_hash":"e5165559b32f856d4ce60cbac3c62f9b","origin":"conformance.ipynb","title":"","inputs":{"value":{}},"by":"ann","code":[{"name":"book","hash":"8e487dd662ef10d2","module":"tests.conformance.world","environment":{"python":"3.11.7"}}],"program":"0.1.0"}',535714383);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',2,'lease.taken',1,'2030-01-01T00:00:00.000000+00:00','lease-1','{"owner":"process-0","fence":1}',4125813986);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',3,'run.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{}',776628306);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',4,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{"path":"book","attempt":1,"token":"p0xaaaaaaaaaaaab","input":{"value":{"args":{"seat":7}}},"step_key":"1ae551cc6d6b4898ed51ef316329d743b088096a45efc8a5edb22c69c4ead0be","code_hash":"8e487dd662ef10d2"}',789318352);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',5,'tool.judged',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaae','{"path":"book","attempt":1,"call_id":"book!1","tool":"book","effect":"write","args":{"value":{"seat":7}},"args_hash":"fc1e2ea80cf88763adcd89ceeaad3f0e19b1211516712868ade17417c83324c2","key":"mn-1ea12ad98f65d1a1f2db3ddad5443c85","verdict":"ask","because":"it writes, and nobody has allowed it yet"}',1378687089);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',6,'approval.requested',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaae','{"approval_id":"p0xaaaaaaaaaaaad","path":"book","attempt":1,"subject":"call","prompt":"May ''book'' be called? It writes.","calls":[{"call_id":"book!1","tool":"book","effect":"write","args":{"value":{"seat":7}},"args_hash":"fc1e2ea80cf88763adcd89ceeaad3f0e19b1211516712868ade17417c83324c2","key":"mn-1ea12ad98f65d1a1f2db3ddad5443c85"}]}',1094016576);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',7,'lease.taken',1,'2030-01-01T00:00:02.000000+00:00','lease-2','{"owner":"process-0","fence":2}',1429877604);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',8,'approval.decided',1,'2030-01-01T00:00:02.000000+00:00','p0xaaaaaaaaaaaaf','{"approval_id":"p0xaaaaaaaaaaaad","path":"book","decision":"approve","by":"ann","via":"python","decided_at":"2030-01-01T00:00:01.500000Z","command_id":"xaaaaaaaaaaaaaac"}',445520571);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',9,'step.resumed',1,'2030-01-01T00:00:02.000000+00:00','p0xaaaaaaaaaaaaf','{"path":"book","attempt":1,"token":"p0xaaaaaaaaaaaab"}',4191042082);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',10,'tool.started',1,'2030-01-01T00:00:02.000000+00:00','p0xaaaaaaaaaaaag','{"path":"book","attempt":1,"call_id":"book!1","tool":"book","effect":"write","args":{"value":{"seat":7}},"args_hash":"fc1e2ea80cf88763adcd89ceeaad3f0e19b1211516712868ade17417c83324c2","key":"mn-1ea12ad98f65d1a1f2db3ddad5443c85"}',4119579128);
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
INSERT INTO "mn_run" VALUES('xaaaaaaaaaaaaaab','e5165559b32f856d4ce60cbac3c62f9b','booking','conformance.ipynb','','running',10,2,'process-0','2030-01-01T00:00:00.000000+00:00','2030-01-01T00:00:02.000000+00:00',NULL,NULL,'0',1,0,1,0,0,1659258943);
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
INSERT INTO "mn_workflow" VALUES('e5165559b32f856d4ce60cbac3c62f9b','booking','{"name":"booking","group":"booking","about":"","inputs":{},"outputs":{},"model":null,"tools":[],"max_concurrency":8,"calls_per_minute":null,"steps":[{"name":"book","needs":[],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":3,"kind":"python","function":"book","args":{"seat":7},"effect":"write","isolation":"thread","output":null}],"children":{}}','','2030-01-01T00:00:00.000000+00:00',3327311783);
CREATE INDEX mn_run_by_age ON mn_run (created_at);
CREATE INDEX mn_run_by_origin ON mn_run (origin, status);
CREATE INDEX mn_run_by_owner ON mn_run (owner);
CREATE INDEX mn_approval_by_status ON mn_approval (status, run_id);
CREATE INDEX mn_command_by_taken ON mn_command (taken, run_id);
CREATE INDEX mn_run_by_origin_and_age ON mn_run (origin, created_at DESC, id);
CREATE INDEX mn_run_by_wake ON mn_run (origin, status, wake_at, waiting);
CREATE INDEX mn_approval_by_age ON mn_approval (status, requested_at, id);
COMMIT;
