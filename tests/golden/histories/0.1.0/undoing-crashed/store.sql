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
INSERT INTO "mn_approval" VALUES('p0xaaaaaaaaaaaaj','xaaaaaaaaaaaaaab','news','call','decided','May ''post'' be called? It writes.','2030-01-01T00:00:03.000000+00:00',NULL,'approve','ann','2030-01-01T00:00:04.500000+00:00');
INSERT INTO "mn_approval" VALUES('p0xaaaaaaaaaaaar','xaaaaaaaaaaaaaab','hotel','call','decided','May ''book'' be called? It writes.','2030-01-01T00:00:06.000000+00:00',NULL,'approve','ann','2030-01-01T00:00:07.500000+00:00');
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
INSERT INTO "mn_command" VALUES('xaaaaaaaaaaaaaad','xaaaaaaaaaaaaaab','decide','{"approval_id": "p0xaaaaaaaaaaaaj", "decision": "approve", "edits": {}, "because": "", "value": null, "always": false, "verified": false}','ann','python','2030-01-01T00:00:04.500000+00:00',1,4217744117);
INSERT INTO "mn_command" VALUES('xaaaaaaaaaaaaaae','xaaaaaaaaaaaaaab','decide','{"approval_id": "p0xaaaaaaaaaaaar", "decision": "approve", "edits": {}, "because": "", "value": null, "always": false, "verified": false}','ann','python','2030-01-01T00:00:07.500000+00:00',1,634715309);
INSERT INTO "mn_command" VALUES('xaaaaaaaaaaaaaaf','xaaaaaaaaaaaaaab','cancel','{"because": "it rains"}','ann','python','2030-01-01T00:00:10.500000+00:00',1,463048457);
INSERT INTO "mn_command" VALUES('xaaaaaaaaaaaaaag','xaaaaaaaaaaaaaab','undo','{"leave": [], "again": false, "keep": false, "because": "it rains"}','ann','python','2030-01-01T00:00:14.500000+00:00',1,1996048628);
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
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',1,'run.created',1,'2030-01-01T00:00:00.000000+00:00','created','{"workflow":"journey","workflow_hash":"48cf7b41908fbc1b731ff610b53d9155","origin":"conformance.ipynb","title":"","inputs":{"value":{}},"by":"ann","code":[{"name":"book","hash":"f948ebb09f588a25","module":"tests.conformance.world","environment":{"python":"3.11.7"}},{"name":"post","hash":"1a30aefde5516efd","module":"tests.conformance.world","environment":{"python":"3.11.7"}}],"program":"0.1.0"}',844277552);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',2,'lease.taken',1,'2030-01-01T00:00:00.000000+00:00','lease-1','{"owner":"process-0","fence":1}',4125813986);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',3,'run.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{}',776628306);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',4,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{"path":"train","attempt":1,"token":"p0xaaaaaaaaaaaab","input":{"value":{"args":{"what":"train"}}},"step_key":"69a7d7b77d56555219ec4bedcf80627dca23efc24720c47288e4148c8a8155e6","code_hash":"f948ebb09f588a25"}',1258531115);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',5,'tool.judged',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaae','{"path":"train","attempt":1,"call_id":"train!1","tool":"book","effect":"write","args":{"value":{"what":"train"}},"args_hash":"b73479017cc6ae46480c3abf367d87bf0f9c57101daf432cb895584d5e4eacab","key":"mn-b293552ac511fdf38af42ed4f10c8fc2","verdict":"ask","because":"it writes, and nobody has allowed it yet"}',1112368765);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',6,'approval.requested',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaae','{"approval_id":"p0xaaaaaaaaaaaad","path":"train","attempt":1,"subject":"call","prompt":"May ''book'' be called? It writes.","calls":[{"call_id":"train!1","tool":"book","effect":"write","args":{"value":{"what":"train"}},"args_hash":"b73479017cc6ae46480c3abf367d87bf0f9c57101daf432cb895584d5e4eacab","key":"mn-b293552ac511fdf38af42ed4f10c8fc2"}],"form":{"additionalProperties":false,"properties":{"what":{}},"required":["what"],"type":"object"},"because":"it writes, and nobody has allowed it yet","cost_usd":"0"}',3071331021);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',7,'lease.taken',1,'2030-01-01T00:00:02.000000+00:00','lease-2','{"owner":"process-0","fence":2}',1429877604);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',8,'approval.decided',2,'2030-01-01T00:00:02.000000+00:00','p0xaaaaaaaaaaaaf','{"approval_id":"p0xaaaaaaaaaaaad","path":"train","decision":"approve","by":"ann","via":"python","decided_at":"2030-01-01T00:00:01.500000Z","authorised":["b73479017cc6ae46480c3abf367d87bf0f9c57101daf432cb895584d5e4eacab"],"command_id":"xaaaaaaaaaaaaaac"}',318696102);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',9,'step.resumed',1,'2030-01-01T00:00:02.000000+00:00','p0xaaaaaaaaaaaaf','{"path":"train","attempt":1,"token":"p0xaaaaaaaaaaaab"}',998298733);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',10,'tool.started',1,'2030-01-01T00:00:02.000000+00:00','p0xaaaaaaaaaaaag','{"path":"train","attempt":1,"call_id":"train!1","tool":"book","effect":"write","args":{"value":{"what":"train"}},"args_hash":"b73479017cc6ae46480c3abf367d87bf0f9c57101daf432cb895584d5e4eacab","key":"mn-b293552ac511fdf38af42ed4f10c8fc2","compensates":true}',2569364776);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',11,'tool.succeeded',1,'2030-01-01T00:00:03.000000+00:00','p0xaaaaaaaaaaaai','{"path":"train","call_id":"train!1","output":{"value":"a train"},"latency_seconds":1.0}',3639320734);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',12,'step.succeeded',1,'2030-01-01T00:00:03.000000+00:00','p0xaaaaaaaaaaaai','{"path":"train","attempt":1,"output":{"value":"a train"}}',159269781);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',13,'step.started',1,'2030-01-01T00:00:03.000000+00:00','p0xaaaaaaaaaaaai','{"path":"news","attempt":1,"token":"p0xaaaaaaaaaaaah","input":{"value":{"args":{"text":"off"}}},"step_key":"e4890b7ff21c7b3f101956752bd40e24ef48f8e7418f295b5a78eca4645b34cd","code_hash":"1a30aefde5516efd"}',326174609);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',14,'tool.judged',1,'2030-01-01T00:00:03.000000+00:00','p0xaaaaaaaaaaaak','{"path":"news","attempt":1,"call_id":"news!1","tool":"post","effect":"write","args":{"value":{"text":"off"}},"args_hash":"b49d0b92d57afba80bcda125cea663472859ee9cec0f9193153c432e326953c2","key":"mn-3d5ebd1158ae614d620325412a0c7053","verdict":"ask","because":"it writes, and nobody has allowed it yet"}',3864898121);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',15,'approval.requested',1,'2030-01-01T00:00:03.000000+00:00','p0xaaaaaaaaaaaak','{"approval_id":"p0xaaaaaaaaaaaaj","path":"news","attempt":1,"subject":"call","prompt":"May ''post'' be called? It writes.","calls":[{"call_id":"news!1","tool":"post","effect":"write","args":{"value":{"text":"off"}},"args_hash":"b49d0b92d57afba80bcda125cea663472859ee9cec0f9193153c432e326953c2","key":"mn-3d5ebd1158ae614d620325412a0c7053"}],"form":{"additionalProperties":false,"properties":{"text":{}},"required":["text"],"type":"object"},"because":"it writes, and nobody has allowed it yet","cost_usd":"0"}',1305506961);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',16,'lease.taken',1,'2030-01-01T00:00:05.000000+00:00','lease-3','{"owner":"process-0","fence":3}',737950955);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',17,'approval.decided',2,'2030-01-01T00:00:05.000000+00:00','p0xaaaaaaaaaaaam','{"approval_id":"p0xaaaaaaaaaaaaj","path":"news","decision":"approve","by":"ann","via":"python","decided_at":"2030-01-01T00:00:04.500000Z","authorised":["b49d0b92d57afba80bcda125cea663472859ee9cec0f9193153c432e326953c2"],"command_id":"xaaaaaaaaaaaaaad"}',4154520193);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',18,'step.resumed',1,'2030-01-01T00:00:05.000000+00:00','p0xaaaaaaaaaaaam','{"path":"news","attempt":1,"token":"p0xaaaaaaaaaaaah"}',954128967);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',19,'tool.started',1,'2030-01-01T00:00:05.000000+00:00','p0xaaaaaaaaaaaan','{"path":"news","attempt":1,"call_id":"news!1","tool":"post","effect":"write","args":{"value":{"text":"off"}},"args_hash":"b49d0b92d57afba80bcda125cea663472859ee9cec0f9193153c432e326953c2","key":"mn-3d5ebd1158ae614d620325412a0c7053"}',4167058584);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',20,'tool.succeeded',1,'2030-01-01T00:00:06.000000+00:00','p0xaaaaaaaaaaaaq','{"path":"news","call_id":"news!1","output":{},"latency_seconds":1.0}',1958933820);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',21,'step.succeeded',1,'2030-01-01T00:00:06.000000+00:00','p0xaaaaaaaaaaaaq','{"path":"news","attempt":1,"output":{}}',4105588973);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',22,'step.started',1,'2030-01-01T00:00:06.000000+00:00','p0xaaaaaaaaaaaaq','{"path":"hotel","attempt":1,"token":"p0xaaaaaaaaaaaap","input":{"value":{"args":{"what":"hotel"}}},"step_key":"67c5d781f0acae2e2813934a3fee837f9306283936dd0f8784ce2af7747ae369","code_hash":"f948ebb09f588a25"}',1813078422);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',23,'tool.judged',1,'2030-01-01T00:00:06.000000+00:00','p0xaaaaaaaaaaaas','{"path":"hotel","attempt":1,"call_id":"hotel!1","tool":"book","effect":"write","args":{"value":{"what":"hotel"}},"args_hash":"3d6a7ba153dbaaad31ebd99ceda02a7901e59e23789f95d7f6891a14c46ff4d7","key":"mn-c5e983eeb3b2c9d6116bd559cc6eead4","verdict":"ask","because":"it writes, and nobody has allowed it yet"}',782788106);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',24,'approval.requested',1,'2030-01-01T00:00:06.000000+00:00','p0xaaaaaaaaaaaas','{"approval_id":"p0xaaaaaaaaaaaar","path":"hotel","attempt":1,"subject":"call","prompt":"May ''book'' be called? It writes.","calls":[{"call_id":"hotel!1","tool":"book","effect":"write","args":{"value":{"what":"hotel"}},"args_hash":"3d6a7ba153dbaaad31ebd99ceda02a7901e59e23789f95d7f6891a14c46ff4d7","key":"mn-c5e983eeb3b2c9d6116bd559cc6eead4"}],"form":{"additionalProperties":false,"properties":{"what":{}},"required":["what"],"type":"object"},"because":"it writes, and nobody has allowed it yet","cost_usd":"0"}',2304113804);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',25,'lease.taken',1,'2030-01-01T00:00:08.000000+00:00','lease-4','{"owner":"process-0","fence":4}',3128259736);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',26,'approval.decided',2,'2030-01-01T00:00:08.000000+00:00','p0xaaaaaaaaaaaat','{"approval_id":"p0xaaaaaaaaaaaar","path":"hotel","decision":"approve","by":"ann","via":"python","decided_at":"2030-01-01T00:00:07.500000Z","authorised":["3d6a7ba153dbaaad31ebd99ceda02a7901e59e23789f95d7f6891a14c46ff4d7"],"command_id":"xaaaaaaaaaaaaaae"}',218080951);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',27,'step.resumed',1,'2030-01-01T00:00:08.000000+00:00','p0xaaaaaaaaaaaat','{"path":"hotel","attempt":1,"token":"p0xaaaaaaaaaaaap"}',1164187534);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',28,'tool.started',1,'2030-01-01T00:00:08.000000+00:00','p0xaaaaaaaaaaaau','{"path":"hotel","attempt":1,"call_id":"hotel!1","tool":"book","effect":"write","args":{"value":{"what":"hotel"}},"args_hash":"3d6a7ba153dbaaad31ebd99ceda02a7901e59e23789f95d7f6891a14c46ff4d7","key":"mn-c5e983eeb3b2c9d6116bd559cc6eead4","compensates":true}',1595588954);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',29,'tool.succeeded',1,'2030-01-01T00:00:09.000000+00:00','p0xaaaaaaaaaaaav','{"path":"hotel","call_id":"hotel!1","output":{"value":"a hotel"},"latency_seconds":1.0}',376880962);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',30,'step.succeeded',1,'2030-01-01T00:00:09.000000+00:00','p0xaaaaaaaaaaaav','{"path":"hotel","attempt":1,"output":{"value":"a hotel"}}',3676206797);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',31,'step.started',1,'2030-01-01T00:00:09.000000+00:00','p0xaaaaaaaaaaaav','{"path":"weather","attempt":1,"token":"","input":{"value":{"signal":"sunny"}},"step_key":"562395ae092c68523cd23c7623d1ea16b9ce3ae74512c80a232a0db009ad9979"}',1149794583);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',32,'signal.awaited',1,'2030-01-01T00:00:09.000000+00:00','p0xaaaaaaaaaaaav','{"path":"weather","name":"sunny"}',948399731);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',33,'lease.taken',1,'2030-01-01T00:00:11.000000+00:00','lease-5','{"owner":"process-0","fence":5}',4106574243);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',34,'run.cancel_requested',1,'2030-01-01T00:00:11.000000+00:00','p0xaaaaaaaaaaaaw','{"by":"ann","because":"it rains","command_id":"xaaaaaaaaaaaaaaf"}',1600394937);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',35,'run.cancelled',1,'2030-01-01T00:00:11.000000+00:00','p0xaaaaaaaaaaaaw','{}',2460884533);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',36,'lease.taken',1,'2030-01-01T00:00:14.500000+00:00','lease-6','{"owner":"process-0","fence":6}',1172557919);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',37,'undo.requested',1,'2030-01-01T00:00:14.500000+00:00','p0xaaaaaaaaaaaax','{"by":"ann","because":"it rains","command_id":"xaaaaaaaaaaaaaag"}',3937523164);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',38,'compensation.started',1,'2030-01-01T00:00:14.500000+00:00','p0xaaaaaaaaaaaax','{"path":"hotel","call_id":"hotel!1","tool":"book","key":"mn-c5e983eeb3b2c9d6116bd559cc6eead4","repeats":true}',2094087169);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',39,'lease.taken',1,'2030-01-01T00:00:15.500000+00:00','lease-7','{"owner":"process-1","fence":7}',430683611);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',40,'compensation.in_doubt',1,'2030-01-01T00:00:15.500000+00:00','p1xaaaaaaaaaaaab','{"path":"hotel","call_id":"hotel!1","evidence":"the process that made the attempt ended","again":true}',3520933996);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',41,'compensation.started',1,'2030-01-01T00:00:15.500000+00:00','p1xaaaaaaaaaaaab','{"path":"hotel","call_id":"hotel!1","tool":"book","key":"mn-c5e983eeb3b2c9d6116bd559cc6eead4","attempt":2,"repeats":true}',1781346201);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',42,'compensation.succeeded',1,'2030-01-01T00:00:16.500000+00:00','p1xaaaaaaaaaaaac','{"path":"hotel","call_id":"hotel!1","output":{"value":"no hotel"},"latency_seconds":1.0}',2516473682);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',43,'compensation.started',1,'2030-01-01T00:00:16.500000+00:00','p1xaaaaaaaaaaaac','{"path":"train","call_id":"train!1","tool":"book","key":"mn-b293552ac511fdf38af42ed4f10c8fc2","repeats":true}',3355199221);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',44,'compensation.succeeded',1,'2030-01-01T00:00:17.500000+00:00','p1xaaaaaaaaaaaad','{"path":"train","call_id":"train!1","output":{"value":"no train"},"latency_seconds":1.0}',1277929989);
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
INSERT INTO "mn_process" VALUES('process-0',1,'host','','conformance.ipynb','2030-01-01T00:00:00.000000+00:00',11,0);
INSERT INTO "mn_process" VALUES('process-1',1,'host','','conformance.ipynb','2030-01-01T00:00:15.500000+00:00',2,0);
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
INSERT INTO "mn_run" VALUES('xaaaaaaaaaaaaaab','48cf7b41908fbc1b731ff610b53d9155','journey','conformance.ipynb','','cancelled',44,7,NULL,'2030-01-01T00:00:00.000000+00:00','2030-01-01T00:00:17.500000+00:00','2030-01-01T00:00:11.000000+00:00',NULL,'0',1,3,4,0,0,2693166981);
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
INSERT INTO "mn_workflow" VALUES('48cf7b41908fbc1b731ff610b53d9155','journey','{"name":"journey","group":"journey","about":"","inputs":{},"outputs":{},"model":null,"tools":[],"max_concurrency":8,"calls_per_minute":null,"policy":[],"steps":[{"name":"train","needs":[],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":3,"kind":"tool","tool":"book","args":{"what":"train"},"output":null},{"name":"news","needs":["train"],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":4,"kind":"tool","tool":"post","args":{"text":"off"},"output":null},{"name":"hotel","needs":["news"],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":5,"kind":"tool","tool":"book","args":{"what":"hotel"},"output":null},{"name":"weather","needs":["hotel"],"uses":[],"when":null,"for_each":null,"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":null,"line":6,"kind":"wait","duration":null,"until":null,"signal":"sunny"}],"children":{}}','','2030-01-01T00:00:00.000000+00:00',3162085904);
CREATE INDEX mn_run_by_age ON mn_run (created_at);
CREATE INDEX mn_run_by_origin ON mn_run (origin, status);
CREATE INDEX mn_run_by_owner ON mn_run (owner);
CREATE INDEX mn_approval_by_status ON mn_approval (status, run_id);
CREATE INDEX mn_command_by_taken ON mn_command (taken, run_id);
CREATE INDEX mn_run_by_origin_and_age ON mn_run (origin, created_at DESC, id);
CREATE INDEX mn_run_by_wake ON mn_run (origin, status, wake_at, waiting);
CREATE INDEX mn_approval_by_age ON mn_approval (status, requested_at, id);
COMMIT;
