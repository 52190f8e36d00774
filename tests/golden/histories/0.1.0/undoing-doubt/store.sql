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
INSERT INTO "mn_approval" VALUES('p0xaaaaaaaaaaaad','xaaaaaaaaaaaaaab','train','call','decided','May ''book'' be called? It writes.','2030-01-01T00:00:00.000000+00:00',NULL,'approve','ann','2030-01-01T00:00:01.500000+00:00');
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
INSERT INTO "mn_command" VALUES('xaaaaaaaaaaaaaac','xaaaaaaaaaaaaaab','decide','{"approval_id": "p0xaaaaaaaaaaaad", "decision": "approve", "edits": {}, "because": "", "value": null, "always": false, "verified": false}','ann','python','2030-01-01T00:00:01.500000+00:00',1,938113041);
INSERT INTO "mn_command" VALUES('xaaaaaaaaaaaaaad','xaaaaaaaaaaaaaab','cancel','{"because": "it rains"}','ann','python','2030-01-01T00:00:04.500000+00:00',1,408088520);
INSERT INTO "mn_command" VALUES('xaaaaaaaaaaaaaae','xaaaaaaaaaaaaaab','undo','{"leave": [], "again": false, "keep": false, "because": "it rains"}','ann','python','2030-01-01T00:00:08.500000+00:00',1,3604695868);
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
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',1,'run.created',1,'2030-01-01T00:00:00.000000+00:00','created','{"workflow":"journey","workflow_hash":"2dd5af0e900d5a5064d94d0be35e9701","origin":"conformance.ipynb","title":"","inputs":{"value":{}},"by":"ann","code":[{"name":"book","hash":"f948ebb09f588a25","module":"tests.conformance.world","environment":{"python":"3.11.7"}}],"program":"0.1.0"}',140197935);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',2,'lease.taken',1,'2030-01-01T00:00:00.000000+00:00','lease-1','{"owner":"process-0","fence":1}',4125813986);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',3,'run.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{}',776628306);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',4,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{"path":"train","attempt":1,"token":"p0xaaaaaaaaaaaab","input":{"value":{"args":{"what":"train"}}},"step_key":"69a7d7b77d56555219ec4bedcf80627dca23efc24720c47288e4148c8a8155e6","code_hash":"f948ebb09f588a25"}',1258531115);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',5,'tool.judged',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaae','{"path":"train","attempt":1,"call_id":"train!1","tool":"book","effect":"write","args":{"value":{"what":"train"}},"args_hash":"b73479017cc6ae46480c3abf367d87bf0f9c57101daf432cb895584d5e4eacab","key":"mn-b293552ac511fdf38af42ed4f10c8fc2","verdict":"ask","because":"it writes, and nobody has allowed it yet"}',1112368765);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',6,'approval.requested',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaae','{"approval_id":"p0xaaaaaaaaaaaad","path":"train","attempt":1,"subject":"call","prompt":"May ''book'' be called? It writes.","calls":[{"call_id":"train!1","tool":"book","effect":"write","args":{"value":{"what":"train"}},"args_hash":"b73479017cc6ae46480c3abf367d87bf0f9c57101daf432cb895584d5e4eacab","key":"mn-b293552ac511fdf38af42ed4f10c8fc2"}],"form":{"additionalProperties":false,"properties":{"what":{}},"required":["what"],"type":"object"},"because":"it writes, and nobody has allowed it yet","cost_usd":"0"}',3071331021);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',7,'lease.taken',1,'2030-01-01T00:00:02.000000+00:00','lease-2','{"owner":"process-0","fence":2}',1429877604);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',8,'approval.decided',2,'2030-01-01T00:00:02.000000+00:00','p0xaaaaaaaaaaaaf','{"approval_id":"p0xaaaaaaaaaaaad","path":"train","decision":"approve","by":"ann","via":"python","decided_at":"2030-01-01T00:00:01.500000Z","authorised":["b73479017cc6ae46480c3abf367d87bf0f9c57101daf432cb895584d5e4eacab"],"command_id":"xaaaaaaaaaaaaaac"}',318696102);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',9,'step.resumed',1,'2030-01-01T00:00:02.000000+00:00','p0xaaaaaaaaaaaaf','{"path":"train","attempt":1,"token":"p0xaaaaaaaaaaaab"}',998298733);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',10,'tool.started',1,'2030-01-01T00:00:02.000000+00:00','p0xaaaaaaaaaaaag','{"path":"train","attempt":1,"call_id":"train!1","tool":"book","effect":"write","args":{"value":{"what":"train"}},"args_hash":"b73479017cc6ae46480c3abf367d87bf0f9c57101daf432cb895584d5e4eacab","key":"mn-b293552ac511fdf38af42ed4f10c8fc2","compensates":true,"checks":true}',730082345);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',11,'tool.succeeded',1,'2030-01-01T00:00:03.000000+00:00','p0xaaaaaaaaaaaah','{"path":"train","call_id":"train!1","output":{"value":"a train"},"latency_seconds":1.0}',3168259350);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',12,'step.succeeded',1,'2030-01-01T00:00:03.000000+00:00','p0xaaaaaaaaaaaah','{"path":"train","attempt":1,"output":{"value":"a train"}}',1613907556);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',13,'step.started',1,'2030-01-01T00:00:03.000000+00:00','p0xaaaaaaaaaaaah','{"path":"weather","attempt":1,"token":"","input":{"value":{"signal":"sunny"}},"step_key":"562395ae092c68523cd23c7623d1ea16b9ce3ae74512c80a232a0db009ad9979"}',1247801309);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',14,'signal.awaited',1,'2030-01-01T00:00:03.000000+00:00','p0xaaaaaaaaaaaah','{"path":"weather","name":"sunny"}',1712923343);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',15,'lease.taken',1,'2030-01-01T00:00:05.000000+00:00','lease-3','{"owner":"process-0","fence":3}',3551782080);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',16,'run.cancel_requested',1,'2030-01-01T00:00:05.000000+00:00','p0xaaaaaaaaaaaai','{"by":"ann","because":"it rains","command_id":"xaaaaaaaaaaaaaad"}',1424663623);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',17,'run.cancelled',1,'2030-01-01T00:00:05.000000+00:00','p0xaaaaaaaaaaaai','{}',2721162958);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',18,'lease.taken',1,'2030-01-01T00:00:08.500000+00:00','lease-4','{"owner":"process-0","fence":4}',61336655);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',19,'undo.requested',1,'2030-01-01T00:00:08.500000+00:00','p0xaaaaaaaaaaaaj','{"by":"ann","because":"it rains","command_id":"xaaaaaaaaaaaaaae"}',306926808);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',20,'compensation.started',1,'2030-01-01T00:00:08.500000+00:00','p0xaaaaaaaaaaaaj','{"path":"train","call_id":"train!1","tool":"book","key":"mn-b293552ac511fdf38af42ed4f10c8fc2"}',1097811926);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',21,'lease.taken',1,'2030-01-01T00:00:09.500000+00:00','lease-5','{"owner":"process-1","fence":5}',3628435780);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',22,'compensation.in_doubt',1,'2030-01-01T00:00:09.500000+00:00','p1xaaaaaaaaaaaab','{"path":"train","call_id":"train!1","evidence":"the process that made the attempt ended"}',4003454748);
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
INSERT INTO "mn_process" VALUES('process-0',1,'host','','conformance.ipynb','2030-01-01T00:00:00.000000+00:00',7,0);
INSERT INTO "mn_process" VALUES('process-1',1,'host','','conformance.ipynb','2030-01-01T00:00:09.500000+00:00',2,0);
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
INSERT INTO "mn_run" VALUES('xaaaaaaaaaaaaaab','2dd5af0e900d5a5064d94d0be35e9701','journey','conformance.ipynb','','cancelled',22,5,NULL,'2030-01-01T00:00:00.000000+00:00','2030-01-01T00:00:09.500000+00:00','2030-01-01T00:00:05.000000+00:00',NULL,'0',1,1,2,0,0,4007423412);
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
INSERT INTO "mn_workflow" VALUES('2dd5af0e900d5a5064d94d0be35e9701','journey','{"name":"journey","group":"journey","about":"","inputs":{},"outputs":{},"model":null,"tools":[],"max_concurrency":8,"calls_per_minute":null,"policy":[],"steps":[{"name":"train","needs":[],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":3,"kind":"tool","tool":"book","args":{"what":"train"},"output":null},{"name":"weather","needs":["train"],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":null,"line":4,"kind":"wait","duration":null,"until":null,"signal":"sunny"}],"children":{}}','','2030-01-01T00:00:00.000000+00:00',2965969151);
CREATE INDEX mn_run_by_age ON mn_run (created_at);
CREATE INDEX mn_run_by_origin ON mn_run (origin, status);
CREATE INDEX mn_run_by_owner ON mn_run (owner);
CREATE INDEX mn_approval_by_status ON mn_approval (status, run_id);
CREATE INDEX mn_command_by_taken ON mn_command (taken, run_id);
CREATE INDEX mn_run_by_origin_and_age ON mn_run (origin, created_at DESC, id);
CREATE INDEX mn_run_by_wake ON mn_run (origin, status, wake_at, waiting);
CREATE INDEX mn_approval_by_age ON mn_approval (status, requested_at, id);
COMMIT;
