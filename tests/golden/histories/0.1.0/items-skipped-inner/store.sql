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
INSERT INTO "mn_command" VALUES('xaaaaaaaaaaaaaac','xaaaaaaaaaaaaaab','skip','{"path": "part/each[y]", "value": null, "has_value": false, "because": "not needed"}','ann','python','2030-01-01T00:00:01.500000+00:00',1,4112701574);
INSERT INTO "mn_command" VALUES('xaaaaaaaaaaaaaad','xaaaaaaaaaaaaaab','signal','{"name": "go", "value": 1}','ann','python','2030-01-01T00:00:02.000000+00:00',1,1504225877);
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
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',1,'run.created',1,'2030-01-01T00:00:00.000000+00:00','created','{"workflow":"outer","workflow_hash":"f2a3a989a99e426890e2e3e6d5f044dd","origin":"conformance.ipynb","title":"","inputs":{"value":{}},"by":"ann","program":"0.1.0","budget":{"usd":"1","calls":200}}',1345784251);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',2,'lease.taken',1,'2030-01-01T00:00:00.000000+00:00','lease-1','{"owner":"process-0","fence":1}',4125813986);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',3,'run.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaab','{}',2532708151);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',4,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaab','{"path":"part","attempt":1,"token":"","input":{"value":{"args":{}}},"step_key":"51f10a26a1e4c8823be5bcf4ce928311fa5cd596dd115bd50eeb399ac4da7e7a"}',2125953988);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',5,'step.expanded',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaab','{"path":"part/each","items":{"value":["x","y"]},"keys":["x","y"]}',1175726334);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',6,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaab','{"path":"part/each[x]","attempt":1,"token":"","input":{"value":{"signal":"go"}},"step_key":"d3a3284a9f2a8ffe1b65114bdc60901fa5c88822a9a4c37707c84a0df8d17686","item":0,"node":"part/each"}',3817213170);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',7,'signal.awaited',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaab','{"path":"part/each[x]","name":"go"}',1565201353);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',8,'lease.taken',1,'2030-01-01T00:00:01.500000+00:00','lease-2','{"owner":"process-0","fence":2}',3989338051);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',9,'step.skipped',1,'2030-01-01T00:00:01.500000+00:00','p0xaaaaaaaaaaaac','{"path":"part/each[y]","because":"not needed","by":"ann","command_id":"xaaaaaaaaaaaaaac","item":1,"node":"part/each"}',1650495454);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',10,'lease.taken',1,'2030-01-01T00:00:02.500000+00:00','lease-3','{"owner":"process-0","fence":3}',300211334);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',11,'signal.received',1,'2030-01-01T00:00:02.500000+00:00','p0xaaaaaaaaaaaad','{"name":"go","value":{"value":1},"by":"ann","command_id":"xaaaaaaaaaaaaaad"}',3216600762);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',12,'step.succeeded',1,'2030-01-01T00:00:02.500000+00:00','p0xaaaaaaaaaaaad','{"path":"part/each[x]","attempt":1,"output":{"value":1}}',1131057158);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',13,'step.succeeded',1,'2030-01-01T00:00:02.500000+00:00','p0xaaaaaaaaaaaad','{"path":"part","attempt":1,"output":{"value":{"each":[1]}}}',1513952127);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',14,'run.succeeded',1,'2030-01-01T00:00:02.500000+00:00','p0xaaaaaaaaaaaad','{"output":{"value":{"part":{"each":[1]}}}}',2872323528);
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
INSERT INTO "mn_run" VALUES('xaaaaaaaaaaaaaab','f2a3a989a99e426890e2e3e6d5f044dd','outer','conformance.ipynb','','succeeded',14,3,NULL,'2030-01-01T00:00:00.000000+00:00','2030-01-01T00:00:02.500000+00:00','2030-01-01T00:00:02.500000+00:00',NULL,'0',1,1,1,0,0,4213566407);
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
INSERT INTO "mn_workflow" VALUES('f2a3a989a99e426890e2e3e6d5f044dd','outer','{"name":"outer","group":"outer","about":"","inputs":{},"outputs":{},"model":null,"ladder":[],"tools":[],"servers":{},"max_concurrency":8,"calls_per_minute":null,"policy":[],"budget":null,"cheaper":null,"steps":[{"name":"part","needs":[],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":null,"line":3,"kind":"workflow","workflow":"inner","args":{},"budget":null}],"children":{"inner":{"name":"inner","group":"inner","about":"","inputs":{},"outputs":{},"model":null,"ladder":[],"tools":[],"servers":{},"max_concurrency":8,"calls_per_minute":null,"policy":[],"budget":null,"cheaper":null,"steps":[{"name":"each","needs":[],"uses":[],"when":null,"for_each":{"over":"[''x'', ''y'']","item_name":"item","key":"item","concurrency":1,"max_items":1000,"on_error":"fail","quorum":null,"first":null},"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":null,"line":3,"kind":"wait","duration":null,"until":null,"signal":"go"}],"children":{}}}}','','2030-01-01T00:00:00.000000+00:00',383768336);
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
