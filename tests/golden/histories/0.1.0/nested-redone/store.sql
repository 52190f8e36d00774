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
INSERT INTO "mn_approval" VALUES('p0xaaaaaaaaaaaad','xaaaaaaaaaaaaaab','review','approve','decided','Good?','2030-01-01T00:00:01.000000+00:00',NULL,'reject','ann','2030-01-01T00:00:02.500000+00:00');
INSERT INTO "mn_approval" VALUES('p0xaaaaaaaaaaaah','xaaaaaaaaaaaaaab','review#2','approve','decided','Good?','2030-01-01T00:00:04.000000+00:00',NULL,'approve','ann','2030-01-01T00:00:05.500000+00:00');
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
INSERT INTO "mn_command" VALUES('xaaaaaaaaaaaaaac','xaaaaaaaaaaaaaab','decide','{"approval_id": "p0xaaaaaaaaaaaad", "decision": "reject", "edits": {}, "because": "shorter", "value": null}','ann','python','2030-01-01T00:00:02.500000+00:00',1,3463714858);
INSERT INTO "mn_command" VALUES('xaaaaaaaaaaaaaad','xaaaaaaaaaaaaaab','decide','{"approval_id": "p0xaaaaaaaaaaaah", "decision": "approve", "edits": {}, "because": "", "value": null}','ann','python','2030-01-01T00:00:05.500000+00:00',1,474542565);
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
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',1,'run.created',1,'2030-01-01T00:00:00.000000+00:00','created','{"workflow":"letter","workflow_hash":"12bb096a7d16a76054604455a601c405","origin":"conformance.ipynb","title":"","inputs":{"value":{}},"by":"ann","code":[{"name":"send","hash":"27f3bfac329f1ab3","module":"tests.conformance.world","effect":"idempotent","environment":{"python":"3.11.7"}}],"program":"0.1.0"}',3454801717);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',2,'lease.taken',1,'2030-01-01T00:00:00.000000+00:00','lease-1','{"owner":"process-0","fence":1}',4125813986);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',3,'run.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{}',776628306);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',4,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{"path":"draft","attempt":1,"token":"","input":{"value":{"args":{"wish":"none"}}},"step_key":"b08721fba316f8357c96fa17235824f335869aefed648cc257c5727423a907aa"}',443145076);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',5,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{"path":"draft/write","attempt":1,"token":"p0xaaaaaaaaaaaab","input":{"value":{"args":{"wish":"none"}}},"step_key":"e5cee00ecc0cce5f2f8abb36331a08d61f760af132d94e277eeff8424145a3a1","code_hash":"f5d642a337688fd9","node":"draft/write"}',3532806469);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',6,'step.succeeded',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaae','{"path":"draft/write","attempt":1,"output":{"value":"wish: none"}}',3155856142);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',7,'step.succeeded',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaae','{"path":"draft","attempt":1,"output":{"value":{"text":"wish: none"}}}',1460519033);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',8,'step.started',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaae','{"path":"review","attempt":1,"token":"","input":{"value":{"prompt":"Good?","shown":{"draft.text":"wish: none"}}},"step_key":"a3e4f3711ff296f7fc8d6dcadd8a2062d18960631c94bbe98c27daaec72d3645"}',3458090529);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',9,'approval.requested',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaae','{"approval_id":"p0xaaaaaaaaaaaad","path":"review","attempt":1,"subject":"approve","prompt":"Good?","shown":{"value":{"draft.text":"wish: none"}}}',2078941288);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',10,'lease.taken',1,'2030-01-01T00:00:03.000000+00:00','lease-2','{"owner":"process-0","fence":2}',707190522);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',11,'approval.decided',1,'2030-01-01T00:00:03.000000+00:00','p0xaaaaaaaaaaaag','{"approval_id":"p0xaaaaaaaaaaaad","path":"review","decision":"reject","by":"ann","via":"python","decided_at":"2030-01-01T00:00:02.500000Z","because":"shorter","command_id":"xaaaaaaaaaaaaaac"}',2872326572);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',12,'step.redone',1,'2030-01-01T00:00:03.000000+00:00','p0xaaaaaaaaaaaag','{"path":"review","target":"draft","nodes":["draft","review"],"feedback":"shorter","output":{"value":{"draft":{"text":"wish: none"},"text":"wish: none","approved":false,"by":"ann","because":"shorter"}}}',232564254);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',13,'step.started',1,'2030-01-01T00:00:03.000000+00:00','p0xaaaaaaaaaaaag','{"path":"draft#2","attempt":1,"token":"","input":{"value":{"args":{"wish":"shorter"}}},"step_key":"c69ee14e243fdab121e8bfd9601d981e27f1fbc8105cfc190af29f40d1294b6c","iteration":2}',1665318060);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',14,'step.started',1,'2030-01-01T00:00:03.000000+00:00','p0xaaaaaaaaaaaag','{"path":"draft#2/write","attempt":1,"token":"p0xaaaaaaaaaaaaf","input":{"value":{"args":{"wish":"shorter"}}},"step_key":"1516bc767c3cafe724dabdcfdf343256f260ac5c640f092cfa788bd2cbfcd26f","code_hash":"f5d642a337688fd9","node":"draft#2/write"}',3823349643);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',15,'step.succeeded',1,'2030-01-01T00:00:04.000000+00:00','p0xaaaaaaaaaaaai','{"path":"draft#2/write","attempt":1,"output":{"value":"wish: shorter"}}',1396854449);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',16,'step.succeeded',1,'2030-01-01T00:00:04.000000+00:00','p0xaaaaaaaaaaaai','{"path":"draft#2","attempt":1,"output":{"value":{"text":"wish: shorter"}}}',2525869459);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',17,'step.started',1,'2030-01-01T00:00:04.000000+00:00','p0xaaaaaaaaaaaai','{"path":"review#2","attempt":1,"token":"","input":{"value":{"prompt":"Good?","shown":{"draft.text":"wish: shorter"}}},"step_key":"bf417a3b592a1ce18a3ace1320541a4773f3c25a3ca365a2aedd8959e95701a3","iteration":2}',1135620270);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',18,'approval.requested',1,'2030-01-01T00:00:04.000000+00:00','p0xaaaaaaaaaaaai','{"approval_id":"p0xaaaaaaaaaaaah","path":"review#2","attempt":1,"subject":"approve","prompt":"Good?","shown":{"value":{"draft.text":"wish: shorter"}}}',978590612);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',19,'lease.taken',1,'2030-01-01T00:00:06.000000+00:00','lease-3','{"owner":"process-0","fence":3}',2256564788);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',20,'approval.decided',1,'2030-01-01T00:00:06.000000+00:00','p0xaaaaaaaaaaaak','{"approval_id":"p0xaaaaaaaaaaaah","path":"review#2","decision":"approve","by":"ann","via":"python","decided_at":"2030-01-01T00:00:05.500000Z","edits":{"value":{}},"command_id":"xaaaaaaaaaaaaaad"}',3675821528);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',21,'step.succeeded',1,'2030-01-01T00:00:06.000000+00:00','p0xaaaaaaaaaaaak','{"path":"review#2","attempt":1,"output":{"value":{"draft":{"text":"wish: shorter"},"text":"wish: shorter","approved":true,"by":"ann","because":""}}}',784817847);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',22,'step.started',1,'2030-01-01T00:00:06.000000+00:00','p0xaaaaaaaaaaaak','{"path":"send","attempt":1,"token":"p0xaaaaaaaaaaaaj","input":{"value":{"args":{"text":"wish: shorter"}}},"step_key":"902f077f39a458b4c69724aa255a8d5bacc7e9da46f6f9ea6bdb1f640b97152e","code_hash":"27f3bfac329f1ab3"}',318202006);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',23,'step.succeeded',1,'2030-01-01T00:00:07.000000+00:00','p0xaaaaaaaaaaaam','{"path":"send","attempt":1,"output":{"value":"sent wish: shorter"}}',2786626256);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',24,'run.succeeded',1,'2030-01-01T00:00:07.000000+00:00','p0xaaaaaaaaaaaam','{"output":{"value":{"send":"sent wish: shorter"}}}',3949413091);
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
INSERT INTO "mn_run" VALUES('xaaaaaaaaaaaaaab','12bb096a7d16a76054604455a601c405','letter','conformance.ipynb','','succeeded',24,3,NULL,'2030-01-01T00:00:00.000000+00:00','2030-01-01T00:00:07.000000+00:00','2030-01-01T00:00:07.000000+00:00',NULL,'0',1,3,3,0,0,837390573);
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
INSERT INTO "mn_workflow" VALUES('12bb096a7d16a76054604455a601c405','letter','{"name":"letter","group":"letter","about":"","inputs":{},"outputs":{},"model":null,"tools":[],"max_concurrency":8,"calls_per_minute":null,"steps":[{"name":"draft","needs":[],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":null,"line":3,"kind":"workflow","workflow":"drafting","args":{"wish":"{{ feedback or ''none'' }}"}},{"name":"review","needs":["draft"],"uses":["draft"],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":4,"kind":"approve","prompt":"Good?","authorises":null,"show":["draft.text"],"edit":[],"expires":null,"on_reject":{"target":"draft","at_most":2}},{"name":"send","needs":["review"],"uses":["review"],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":5,"kind":"python","function":"send","args":{"text":"{{ review.draft.text }}"},"effect":"idempotent","isolation":"thread","output":null}],"children":{"drafting":{"name":"drafting","group":"drafting","about":"","inputs":{"wish":{"json_schema":{"type":"string"},"type_text":"str","required":true,"default":null,"about":""}},"outputs":{"text":"{{ write }}"},"model":null,"tools":[],"max_concurrency":8,"calls_per_minute":null,"steps":[{"name":"write","needs":[],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":7,"kind":"python","function":"write","args":{"wish":"{{ inputs.wish }}"},"effect":"idempotent","isolation":"thread","output":null}],"children":{}}}}','','2030-01-01T00:00:00.000000+00:00',1018128341);
CREATE INDEX mn_run_by_age ON mn_run (created_at);
CREATE INDEX mn_run_by_origin ON mn_run (origin, status);
CREATE INDEX mn_run_by_owner ON mn_run (owner);
CREATE INDEX mn_approval_by_status ON mn_approval (status, run_id);
CREATE INDEX mn_command_by_taken ON mn_command (taken, run_id);
CREATE INDEX mn_run_by_origin_and_age ON mn_run (origin, created_at DESC, id);
CREATE INDEX mn_run_by_wake ON mn_run (origin, status, wake_at, waiting);
CREATE INDEX mn_approval_by_age ON mn_approval (status, requested_at, id);
COMMIT;
