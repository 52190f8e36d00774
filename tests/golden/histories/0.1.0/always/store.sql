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
INSERT INTO "mn_approval" VALUES('p0xaaaaaaaaaaaad','xaaaaaaaaaaaaaab','first[0]','call','decided','May ''post'' be called? It writes.','2030-01-01T00:00:00.000000+00:00',NULL,'approve','ann','2030-01-01T00:00:01.500000+00:00');
INSERT INTO "mn_approval" VALUES('p0xaaaaaaaaaaaap','xaaaaaaaaaaaaaab','last','call','decided','May ''post'' be called? It writes.','2030-01-01T01:00:04.000000+00:00',NULL,'approve','ann','2030-01-01T01:00:05.500000+00:00');
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
INSERT INTO "mn_command" VALUES('xaaaaaaaaaaaaaac','xaaaaaaaaaaaaaab','decide','{"approval_id": "p0xaaaaaaaaaaaad", "decision": "approve", "edits": {}, "because": "", "value": null, "always": true, "verified": false}','ann','python','2030-01-01T00:00:01.500000+00:00',1,2981618388);
INSERT INTO "mn_command" VALUES('xaaaaaaaaaaaaaad','xaaaaaaaaaaaaaab','revoke','{"tool": "post"}','ann','python','2030-01-01T00:30:04.500000+00:00',1,4286898093);
INSERT INTO "mn_command" VALUES('xaaaaaaaaaaaaaae','xaaaaaaaaaaaaaab','decide','{"approval_id": "p0xaaaaaaaaaaaap", "decision": "approve", "edits": {}, "because": "", "value": null, "always": false, "verified": false}','ann','python','2030-01-01T01:00:05.500000+00:00',1,2156679994);
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
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',1,'run.created',1,'2030-01-01T00:00:00.000000+00:00','created','{"workflow":"posting","workflow_hash":"abaa622f5ad6f13309f870726eeb0a9a","origin":"conformance.ipynb","title":"","inputs":{"value":{}},"by":"ann","code":[{"name":"post","hash":"1a30aefde5516efd","module":"tests.conformance.world","environment":{"python":"3.11.7"}}],"program":"0.1.0","budget":{"usd":"1","calls":200}}',694625443);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',2,'lease.taken',1,'2030-01-01T00:00:00.000000+00:00','lease-1','{"owner":"process-0","fence":1}',4125813986);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',3,'run.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{}',776628306);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',4,'step.expanded',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{"path":"first","items":{"value":["a","b"]},"keys":["0","1"]}',3229544257);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',5,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{"path":"first[0]","attempt":1,"token":"p0xaaaaaaaaaaaab","input":{"value":{"args":{"text":"a"}}},"step_key":"6141226a6b261e379c3eecdc3fba76a3a9ce7d20124f144ebc5e512fd07b516b","item":0,"code_hash":"1a30aefde5516efd"}',2910255635);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',6,'tool.judged',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaae','{"path":"first[0]","attempt":1,"call_id":"first[0]!1","tool":"post","effect":"write","args":{"value":{"text":"a"}},"args_hash":"4ca513bdc0aa27c789185ce72022ffad8f59ba3e233867752c7fd211986ffb14","key":"mn-6605195d218054c50e89d86062d2bba2","verdict":"ask","because":"it writes, and nobody has allowed it yet"}',639666873);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',7,'approval.requested',2,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaae','{"approval_id":"p0xaaaaaaaaaaaad","path":"first[0]","attempt":1,"subject":"call","prompt":"May ''post'' be called? It writes.","calls":[{"call_id":"first[0]!1","tool":"post","effect":"write","args":{"value":{"text":"a"}},"args_hash":"4ca513bdc0aa27c789185ce72022ffad8f59ba3e233867752c7fd211986ffb14","key":"mn-6605195d218054c50e89d86062d2bba2"}],"form":{"additionalProperties":false,"properties":{"text":{}},"required":["text"],"type":"object"},"because":"it writes, and nobody has allowed it yet","cost_usd":"0"}',905852003);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',8,'lease.taken',1,'2030-01-01T00:00:02.000000+00:00','lease-2','{"owner":"process-0","fence":2}',4205348705);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',9,'approval.decided',2,'2030-01-01T00:00:02.000000+00:00','p0xaaaaaaaaaaaaf','{"approval_id":"p0xaaaaaaaaaaaad","path":"first[0]","decision":"approve","by":"ann","via":"python","decided_at":"2030-01-01T00:00:01.500000Z","authorised":["4ca513bdc0aa27c789185ce72022ffad8f59ba3e233867752c7fd211986ffb14"],"command_id":"xaaaaaaaaaaaaaac","always":true}',439489492);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',10,'permission.granted',1,'2030-01-01T00:00:02.000000+00:00','p0xaaaaaaaaaaaaf','{"tool":"post","by":"ann"}',509881647);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',11,'step.resumed',1,'2030-01-01T00:00:02.000000+00:00','p0xaaaaaaaaaaaaf','{"path":"first[0]","attempt":1,"token":"p0xaaaaaaaaaaaab"}',3662352751);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',12,'tool.started',1,'2030-01-01T00:00:02.000000+00:00','p0xaaaaaaaaaaaag','{"path":"first[0]","attempt":1,"call_id":"first[0]!1","tool":"post","effect":"write","args":{"value":{"text":"a"}},"args_hash":"4ca513bdc0aa27c789185ce72022ffad8f59ba3e233867752c7fd211986ffb14","key":"mn-6605195d218054c50e89d86062d2bba2"}',2301565280);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',13,'tool.succeeded',1,'2030-01-01T00:00:03.000000+00:00','p0xaaaaaaaaaaaai','{"path":"first[0]","call_id":"first[0]!1","output":{"value":"posted a"},"latency_seconds":1.0}',4170884518);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',14,'step.succeeded',1,'2030-01-01T00:00:03.000000+00:00','p0xaaaaaaaaaaaai','{"path":"first[0]","attempt":1,"output":{"value":"posted a"}}',2412817420);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',15,'step.started',1,'2030-01-01T00:00:03.000000+00:00','p0xaaaaaaaaaaaai','{"path":"first[1]","attempt":1,"token":"p0xaaaaaaaaaaaah","input":{"value":{"args":{"text":"b"}}},"step_key":"745decae1c1e43f9ec4dd288cb47fee04f3f95caa9c2c216fa1b3f84077c83b8","item":1,"code_hash":"1a30aefde5516efd"}',244817596);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',16,'tool.started',1,'2030-01-01T00:00:03.000000+00:00','p0xaaaaaaaaaaaai','{"path":"first[1]","attempt":1,"call_id":"first[1]!1","tool":"post","effect":"write","args":{"value":{"text":"b"}},"args_hash":"0f5ebc82322a3ce907cda6e6a9e23dfe57bf30c09758c41a36accf08b39fb0ab","key":"mn-4f96b81be80af16ea2adf03bd3ea3dc3","rules":["always in this run: ann said so"]}',2387244202);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',17,'tool.succeeded',1,'2030-01-01T00:00:04.000000+00:00','p0xaaaaaaaaaaaaj','{"path":"first[1]","call_id":"first[1]!1","output":{"value":"posted b"},"latency_seconds":1.0}',2413459073);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',18,'step.succeeded',1,'2030-01-01T00:00:04.000000+00:00','p0xaaaaaaaaaaaaj','{"path":"first[1]","attempt":1,"output":{"value":"posted b"}}',2365629130);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',19,'step.started',1,'2030-01-01T00:00:04.000000+00:00','p0xaaaaaaaaaaaaj','{"path":"pause","attempt":1,"token":"","input":{"value":{"duration":"1h"}},"step_key":"257aa4f4ea215b57fd3133f27706388070965e89dd3c5add3346ebde35ab7a19"}',492830724);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',20,'timer.set',1,'2030-01-01T00:00:04.000000+00:00','p0xaaaaaaaaaaaaj','{"path":"pause","at":"2030-01-01T01:00:04Z"}',2684503494);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',21,'lease.taken',1,'2030-01-01T01:00:03.000000+00:00','lease-3','{"owner":"process-0","fence":3}',882708294);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',22,'permission.revoked',1,'2030-01-01T01:00:03.000000+00:00','p0xaaaaaaaaaaaak','{"tool":"post","by":"ann","command_id":"xaaaaaaaaaaaaaad"}',3852219230);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',23,'timer.fired',1,'2030-01-01T01:00:04.000000+00:00','p0xaaaaaaaaaaaan','{"path":"pause"}',1587388324);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',24,'step.succeeded',1,'2030-01-01T01:00:04.000000+00:00','p0xaaaaaaaaaaaan','{"path":"pause","attempt":1,"output":{}}',1019586341);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',25,'step.started',1,'2030-01-01T01:00:04.000000+00:00','p0xaaaaaaaaaaaan','{"path":"last","attempt":1,"token":"p0xaaaaaaaaaaaam","input":{"value":{"args":{"text":"c"}}},"step_key":"25ea8b0a0a4a0cfcf32854e2f585266ff59210bf66ac2a6d7db49e1af7fabf59","code_hash":"1a30aefde5516efd"}',838259431);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',26,'tool.judged',1,'2030-01-01T01:00:04.000000+00:00','p0xaaaaaaaaaaaaq','{"path":"last","attempt":1,"call_id":"last!1","tool":"post","effect":"write","args":{"value":{"text":"c"}},"args_hash":"65ce7f76346e534169781f013b4118ee91a3d473334ba5d4ec4096c236a88240","key":"mn-8efb391cff91b0d0eea20ca2d804d331","verdict":"ask","because":"it writes, and nobody has allowed it yet"}',466158621);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',27,'approval.requested',2,'2030-01-01T01:00:04.000000+00:00','p0xaaaaaaaaaaaaq','{"approval_id":"p0xaaaaaaaaaaaap","path":"last","attempt":1,"subject":"call","prompt":"May ''post'' be called? It writes.","calls":[{"call_id":"last!1","tool":"post","effect":"write","args":{"value":{"text":"c"}},"args_hash":"65ce7f76346e534169781f013b4118ee91a3d473334ba5d4ec4096c236a88240","key":"mn-8efb391cff91b0d0eea20ca2d804d331"}],"form":{"additionalProperties":false,"properties":{"text":{}},"required":["text"],"type":"object"},"because":"it writes, and nobody has allowed it yet","cost_usd":"0"}',1554182169);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',28,'lease.taken',1,'2030-01-01T01:00:05.500000+00:00','lease-4','{"owner":"process-0","fence":4}',1865324166);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',29,'approval.decided',2,'2030-01-01T01:00:05.500000+00:00','p0xaaaaaaaaaaaar','{"approval_id":"p0xaaaaaaaaaaaap","path":"last","decision":"approve","by":"ann","via":"python","decided_at":"2030-01-01T01:00:05.500000Z","authorised":["65ce7f76346e534169781f013b4118ee91a3d473334ba5d4ec4096c236a88240"],"command_id":"xaaaaaaaaaaaaaae"}',2140680126);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',30,'step.resumed',1,'2030-01-01T01:00:05.500000+00:00','p0xaaaaaaaaaaaar','{"path":"last","attempt":1,"token":"p0xaaaaaaaaaaaam"}',2685972878);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',31,'tool.started',1,'2030-01-01T01:00:05.500000+00:00','p0xaaaaaaaaaaaas','{"path":"last","attempt":1,"call_id":"last!1","tool":"post","effect":"write","args":{"value":{"text":"c"}},"args_hash":"65ce7f76346e534169781f013b4118ee91a3d473334ba5d4ec4096c236a88240","key":"mn-8efb391cff91b0d0eea20ca2d804d331"}',4035357309);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',32,'tool.succeeded',1,'2030-01-01T01:00:06.500000+00:00','p0xaaaaaaaaaaaat','{"path":"last","call_id":"last!1","output":{"value":"posted c"},"latency_seconds":1.0}',459203480);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',33,'step.succeeded',1,'2030-01-01T01:00:06.500000+00:00','p0xaaaaaaaaaaaat','{"path":"last","attempt":1,"output":{"value":"posted c"}}',3236552592);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',34,'run.succeeded',1,'2030-01-01T01:00:06.500000+00:00','p0xaaaaaaaaaaaat','{"output":{"value":{"last":"posted c"}}}',476767438);
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
INSERT INTO "mn_process" VALUES('process-0',1,'host','','conformance.ipynb','2030-01-01T00:00:00.000000+00:00',7,0);
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
INSERT INTO "mn_run" VALUES('xaaaaaaaaaaaaaab','abaa622f5ad6f13309f870726eeb0a9a','posting','conformance.ipynb','','succeeded',34,4,NULL,'2030-01-01T00:00:00.000000+00:00','2030-01-01T01:00:06.500000+00:00','2030-01-01T01:00:06.500000+00:00',NULL,'0',1,3,3,0,0,2550817689);
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
INSERT INTO "mn_workflow" VALUES('abaa622f5ad6f13309f870726eeb0a9a','posting','{"name":"posting","group":"posting","about":"","inputs":{},"outputs":{},"model":null,"tools":[],"servers":{},"max_concurrency":8,"calls_per_minute":null,"policy":[],"budget":null,"cheaper":null,"steps":[{"name":"first","needs":[],"uses":[],"when":null,"for_each":{"over":"[''a'', ''b'']","item_name":"item","key":null,"concurrency":1,"max_items":1000,"on_error":"fail","quorum":null,"first":null},"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":3,"kind":"tool","tool":"post","args":{"text":"{{ item }}"},"output":null},{"name":"pause","needs":["first"],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":null,"line":8,"kind":"wait","duration":"1h","until":null,"signal":null},{"name":"last","needs":["pause"],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":9,"kind":"tool","tool":"post","args":{"text":"c"},"output":null}],"children":{}}','','2030-01-01T00:00:00.000000+00:00',387658523);
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
