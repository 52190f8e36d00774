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
INSERT INTO "mn_answer" VALUES('0653ec9c2ce42d5610ce7bfd85cad925','xaaaaaaaaaaaaaab',14,'2030-01-01T00:00:04.000000+00:00');
INSERT INTO "mn_answer" VALUES('65ddc0f5f8d8c7b4bf711dbf0f6a32bb','xaaaaaaaaaaaaaab',9,'2030-01-01T00:00:02.000000+00:00');
INSERT INTO "mn_answer" VALUES('7e5c5b0e8ddf1b4e1d4daf56798f24e1','xaaaaaaaaaaaaaab',20,'2030-01-01T00:00:06.000000+00:00');
INSERT INTO "mn_answer" VALUES('883325e9bc1c752b7a645bf8baf495eb','xaaaaaaaaaaaaaab',7,'2030-01-01T00:00:01.000000+00:00');
INSERT INTO "mn_answer" VALUES('97fd442403e32f0d61d5edc39a9dfe7f','xaaaaaaaaaaaaaab',18,'2030-01-01T00:00:05.000000+00:00');
INSERT INTO "mn_answer" VALUES('d39f5a4aadf57bc07b393ac1b0202374','xaaaaaaaaaaaaaab',22,'2030-01-01T00:00:07.000000+00:00');
INSERT INTO "mn_answer" VALUES('e61abc5a500176e21a24eb0cf338515a','xaaaaaaaaaaaaaab',11,'2030-01-01T00:00:03.000000+00:00');
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
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',1,'run.created',1,'2030-01-01T00:00:00.000000+00:00','created','{"workflow":"logs","workflow_hash":"42b95eb9a346530e839b64aac226b298","origin":"conformance.ipynb","title":"","inputs":{"value":{}},"by":"ann","code":[{"name":"log","hash":"a13c545a5f84ec75","module":"tests.conformance.world","effect":"read","environment":{"python":"3.11.7"}}],"program":"0.1.0","budget":{"usd":"1","calls":200}}',2054218631);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',2,'lease.taken',1,'2030-01-01T00:00:00.000000+00:00','lease-1','{"owner":"process-0","fence":1}',4125813986);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',3,'run.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{}',776628306);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',4,'step.expanded',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{"path":"read","items":{"value":["a","a"]},"keys":["0","1"]}',702108402);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',5,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{"path":"read[0]","attempt":1,"token":"p0xaaaaaaaaaaaab","input":{"value":{"prompt":"What went wrong at a?","tools":{"log":{}}}},"step_key":"3b56047eb39216ce07b7a76fbe62461638963e4ef81cb354088e5f9d558085df","item":0}',1681428826);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',6,'model.requested',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaad','{"path":"read[0]","attempt":1,"call_id":"read[0]!1","model":"small","messages":["b85269d20e5808ff","4858787cb1e71d38"],"request_hash":"2817884584ddda44bb0efc10668c94ff","max_tokens":2048,"estimate":{"usd":"0","tokens":2176},"tool_mode":"native"}',683706634);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',7,'model.responded',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaae','{"path":"read[0]","call_id":"read[0]!1","message":{"value":{"role":"assistant","content":"","tool_calls":[{"id":"call_c697632e_0","name":"log","arguments":"{\"n\": 1}"},{"id":"call_c697632e_1","name":"log","arguments":"{\"n\": 2}"}],"tool_call_id":null}},"finish_reason":"tool_calls","model":"scripted:echo","provider":"scripted","usage":{"input_tokens":29,"output_tokens":6},"price":{"usd":"0","source":"scripted","matched":"scripted:echo"},"latency_seconds":1.0,"scripted":true,"remembered":"883325e9bc1c752b7a645bf8baf495eb"}',110158910);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',8,'tool.started',1,'2030-01-01T00:00:01.000000+00:00','p0xaaaaaaaaaaaaf','{"path":"read[0]","attempt":1,"call_id":"read[0]!2","answers":"read[0]!1","tool":"log","effect":"read","args":{"value":{"n":1}},"args_hash":"2ea72be6d9c7048a35dacf6ae7c0e0863ba9b6ff67bd21430d4f951f142bf445","key":"mn-85e062d7c3aa5813cb0382945d82eb76","rules":["the workflow''s policy: log: no approval"]}',1345732660);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',9,'tool.succeeded',1,'2030-01-01T00:00:02.000000+00:00','p0xaaaaaaaaaaaag','{"path":"read[0]","call_id":"read[0]!2","output":{"value":"start xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx end"},"latency_seconds":1.0,"remembered":"65ddc0f5f8d8c7b4bf711dbf0f6a32bb"}',2088359052);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',10,'model.requested',1,'2030-01-01T00:00:02.000000+00:00','p0xaaaaaaaaaaaah','{"path":"read[0]","attempt":1,"call_id":"read[0]!3","model":"tiny","messages":["a72faa6a8d87a20a","2983c60363b62768"],"request_hash":"e7a9ad30fc3df3bfea5cb54bd503f13e","max_tokens":2048,"estimate":{"usd":"0","tokens":2259},"tool_mode":"native","about":"read[0]!2"}',20788023);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',11,'model.responded',1,'2030-01-01T00:00:03.000000+00:00','p0xaaaaaaaaaaaai','{"path":"read[0]","call_id":"read[0]!3","message":{"value":{"role":"assistant","content":"All is well.","tool_calls":[],"tool_call_id":null}},"finish_reason":"stop","model":"scripted:echo","provider":"scripted","usage":{"input_tokens":185,"output_tokens":3},"price":{"usd":"0","source":"scripted","matched":"scripted:echo"},"latency_seconds":1.0,"scripted":true,"remembered":"e61abc5a500176e21a24eb0cf338515a"}',1652641177);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',12,'tool.shortened',1,'2030-01-01T00:00:03.000000+00:00','p0xaaaaaaaaaaaai','{"path":"read[0]","call_id":"read[0]!2","over":200,"characters":410,"summary":{"value":"All is well."},"by":"read[0]!3"}',475428329);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',13,'tool.started',1,'2030-01-01T00:00:03.000000+00:00','p0xaaaaaaaaaaaaj','{"path":"read[0]","attempt":1,"call_id":"read[0]!4","answers":"read[0]!1","index":1,"tool":"log","effect":"read","args":{"value":{"n":2}},"args_hash":"57a7fa3199a5b3e1811bdfae9c1a6830e35547e1b50579da50ddf32693edbf4c","key":"mn-cfc2e544108e4a9efa5f25317bc3a6a2","rules":["the workflow''s policy: log: no approval"]}',3635154554);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',14,'tool.succeeded',1,'2030-01-01T00:00:04.000000+00:00','p0xaaaaaaaaaaaak','{"path":"read[0]","call_id":"read[0]!4","output":{"value":"start xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx end"},"latency_seconds":1.0,"remembered":"0653ec9c2ce42d5610ce7bfd85cad925"}',2546284466);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',15,'model.reused',1,'2030-01-01T00:00:04.000000+00:00','p0xaaaaaaaaaaaam','{"path":"read[0]","attempt":1,"call_id":"read[0]!5","model":"tiny","answered_by":"scripted:echo","request_hash":"e7a9ad30fc3df3bfea5cb54bd503f13e","message":{"value":{"role":"assistant","content":"All is well.","tool_calls":[],"tool_call_id":null}},"finish_reason":"stop","of_run":null,"of_call":"read[0]!3","usage":{"input_tokens":185,"output_tokens":3},"price":{"usd":"0","source":"scripted","matched":"scripted:echo"},"latency_seconds":1.0,"tool_mode":"native","about":"read[0]!4","scripted":true}',140163453);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',16,'tool.shortened',1,'2030-01-01T00:00:04.000000+00:00','p0xaaaaaaaaaaaam','{"path":"read[0]","call_id":"read[0]!4","over":200,"characters":410,"summary":{"value":"All is well."},"by":"read[0]!5"}',363942757);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',17,'model.requested',1,'2030-01-01T00:00:04.000000+00:00','p0xaaaaaaaaaaaan','{"path":"read[0]","attempt":1,"call_id":"read[0]!6","model":"small","messages":["b85269d20e5808ff","4858787cb1e71d38","f203ec95032709df","208b9343a249f7a4","34b89bbee7383a91"],"request_hash":"f779a30db023361aa2a045e0f0aeabb8","max_tokens":2048,"estimate":{"usd":"0","tokens":2206},"tool_mode":"native"}',1167423794);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',18,'model.responded',1,'2030-01-01T00:00:05.000000+00:00','p0xaaaaaaaaaaaap','{"path":"read[0]","call_id":"read[0]!6","message":{"value":{"role":"assistant","content":"Nothing.","tool_calls":[],"tool_call_id":null}},"finish_reason":"stop","model":"scripted:echo","provider":"scripted","usage":{"input_tokens":50,"output_tokens":2},"price":{"usd":"0","source":"scripted","matched":"scripted:echo"},"latency_seconds":1.0,"scripted":true,"remembered":"97fd442403e32f0d61d5edc39a9dfe7f"}',1073852524);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',19,'model.requested',1,'2030-01-01T00:00:05.000000+00:00','p0xaaaaaaaaaaaaq','{"path":"read[0]","attempt":1,"call_id":"read[0]!7","model":"small","messages":["b85269d20e5808ff","4858787cb1e71d38","f203ec95032709df","208b9343a249f7a4","34b89bbee7383a91","c7422d678b63af3b","6c9ab126cc40de2a"],"request_hash":"799e487384f6b1fe9d1bc643e1a873ad","reask":true,"max_tokens":2048,"estimate":{"usd":"0","tokens":2269},"tool_mode":"native"}',171965595);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',20,'model.responded',1,'2030-01-01T00:00:06.000000+00:00','p0xaaaaaaaaaaaar','{"path":"read[0]","call_id":"read[0]!7","message":{"value":{"role":"assistant","content":"Nothing.","tool_calls":[],"tool_call_id":null}},"finish_reason":"stop","model":"scripted:echo","provider":"scripted","usage":{"input_tokens":106,"output_tokens":2},"price":{"usd":"0","source":"scripted","matched":"scripted:echo"},"latency_seconds":1.0,"scripted":true,"remembered":"7e5c5b0e8ddf1b4e1d4daf56798f24e1"}',2248516937);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',21,'model.requested',1,'2030-01-01T00:00:06.000000+00:00','p0xaaaaaaaaaaaas','{"path":"read[0]","attempt":1,"call_id":"read[0]!8","model":"large","messages":["b85269d20e5808ff","4858787cb1e71d38","f203ec95032709df","208b9343a249f7a4","34b89bbee7383a91"],"request_hash":"f1485a9afda1ffa103ca7436c7fee45b","max_tokens":2048,"estimate":{"usd":"0","tokens":2206},"tool_mode":"native","rung":1,"climbed":"its answer stayed malformed: it is not JSON: ''Nothing.''"}',3273172658);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',22,'model.responded',1,'2030-01-01T00:00:07.000000+00:00','p0xaaaaaaaaaaaat','{"path":"read[0]","call_id":"read[0]!8","message":{"value":{"role":"assistant","content":"{\"wrong\": \"no\"}","tool_calls":[],"tool_call_id":null}},"finish_reason":"stop","model":"scripted:echo","provider":"scripted","usage":{"input_tokens":50,"output_tokens":4},"price":{"usd":"0","source":"scripted","matched":"scripted:echo"},"latency_seconds":1.0,"scripted":true,"remembered":"d39f5a4aadf57bc07b393ac1b0202374"}',447926706);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',23,'step.succeeded',1,'2030-01-01T00:00:07.000000+00:00','p0xaaaaaaaaaaaav','{"path":"read[0]","attempt":1,"output":{"value":{"wrong":"no"}}}',1227264179);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',24,'step.started',1,'2030-01-01T00:00:07.000000+00:00','p0xaaaaaaaaaaaav','{"path":"read[1]","attempt":1,"token":"p0xaaaaaaaaaaaau","input":{"value":{"prompt":"What went wrong at a?","tools":{"log":{}}}},"step_key":"3b56047eb39216ce07b7a76fbe62461638963e4ef81cb354088e5f9d558085df","item":1}',390239604);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',25,'model.reused',1,'2030-01-01T00:00:07.000000+00:00','p0xaaaaaaaaaaaaw','{"path":"read[1]","attempt":1,"call_id":"read[1]!1","model":"small","answered_by":"scripted:echo","request_hash":"2817884584ddda44bb0efc10668c94ff","message":{"value":{"role":"assistant","content":"","tool_calls":[{"id":"call_c697632e_0","name":"log","arguments":"{\"n\": 1}"},{"id":"call_c697632e_1","name":"log","arguments":"{\"n\": 2}"}],"tool_call_id":null}},"finish_reason":"tool_calls","of_run":null,"of_call":"read[0]!1","usage":{"input_tokens":29,"output_tokens":6},"price":{"usd":"0","source":"scripted","matched":"scripted:echo"},"latency_seconds":1.0,"tool_mode":"native","scripted":true}',3351760462);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',26,'tool.reused',1,'2030-01-01T00:00:07.000000+00:00','p0xaaaaaaaaaaaax','{"path":"read[1]","attempt":1,"call_id":"read[1]!2","answers":"read[1]!1","tool":"log","effect":"read","args":{"value":{"n":1}},"args_hash":"2ea72be6d9c7048a35dacf6ae7c0e0863ba9b6ff67bd21430d4f951f142bf445","key":"mn-41aae0ba176d08f1cf7f43208c7cb693","rules":["the workflow''s policy: log: no approval"],"output":{"value":"start xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx end"},"of_run":null,"of_call":"read[0]!2","latency_seconds":1.0}',2051392894);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',27,'model.reused',1,'2030-01-01T00:00:07.000000+00:00','p0xaaaaaaaaaaaay','{"path":"read[1]","attempt":1,"call_id":"read[1]!3","model":"tiny","answered_by":"scripted:echo","request_hash":"e7a9ad30fc3df3bfea5cb54bd503f13e","message":{"value":{"role":"assistant","content":"All is well.","tool_calls":[],"tool_call_id":null}},"finish_reason":"stop","of_run":null,"of_call":"read[0]!3","usage":{"input_tokens":185,"output_tokens":3},"price":{"usd":"0","source":"scripted","matched":"scripted:echo"},"latency_seconds":1.0,"tool_mode":"native","about":"read[1]!2","scripted":true}',3923042367);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',28,'tool.shortened',1,'2030-01-01T00:00:07.000000+00:00','p0xaaaaaaaaaaaay','{"path":"read[1]","call_id":"read[1]!2","over":200,"characters":410,"summary":{"value":"All is well."},"by":"read[1]!3"}',2794883381);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',29,'tool.reused',1,'2030-01-01T00:00:07.000000+00:00','p0xaaaaaaaaaaaaz','{"path":"read[1]","attempt":1,"call_id":"read[1]!4","answers":"read[1]!1","index":1,"tool":"log","effect":"read","args":{"value":{"n":2}},"args_hash":"57a7fa3199a5b3e1811bdfae9c1a6830e35547e1b50579da50ddf32693edbf4c","key":"mn-419b70f298e7c0a64bf0f5573e451312","rules":["the workflow''s policy: log: no approval"],"output":{"value":"start xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx end"},"of_run":null,"of_call":"read[0]!4","latency_seconds":1.0}',2494109568);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',30,'model.reused',1,'2030-01-01T00:00:07.000000+00:00','p0xaaaaaaaaaaaa2','{"path":"read[1]","attempt":1,"call_id":"read[1]!5","model":"tiny","answered_by":"scripted:echo","request_hash":"e7a9ad30fc3df3bfea5cb54bd503f13e","message":{"value":{"role":"assistant","content":"All is well.","tool_calls":[],"tool_call_id":null}},"finish_reason":"stop","of_run":null,"of_call":"read[0]!3","usage":{"input_tokens":185,"output_tokens":3},"price":{"usd":"0","source":"scripted","matched":"scripted:echo"},"latency_seconds":1.0,"tool_mode":"native","about":"read[1]!4","scripted":true}',3415789999);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',31,'tool.shortened',1,'2030-01-01T00:00:07.000000+00:00','p0xaaaaaaaaaaaa2','{"path":"read[1]","call_id":"read[1]!4","over":200,"characters":410,"summary":{"value":"All is well."},"by":"read[1]!5"}',2642645861);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',32,'model.reused',1,'2030-01-01T00:00:07.000000+00:00','p0xaaaaaaaaaaaa3','{"path":"read[1]","attempt":1,"call_id":"read[1]!6","model":"small","answered_by":"scripted:echo","request_hash":"f779a30db023361aa2a045e0f0aeabb8","message":{"value":{"role":"assistant","content":"Nothing.","tool_calls":[],"tool_call_id":null}},"finish_reason":"stop","of_run":null,"of_call":"read[0]!6","usage":{"input_tokens":50,"output_tokens":2},"price":{"usd":"0","source":"scripted","matched":"scripted:echo"},"latency_seconds":1.0,"tool_mode":"native","scripted":true}',1183730911);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',33,'model.reused',1,'2030-01-01T00:00:07.000000+00:00','p0xaaaaaaaaaaaa4','{"path":"read[1]","attempt":1,"call_id":"read[1]!7","model":"small","answered_by":"scripted:echo","request_hash":"799e487384f6b1fe9d1bc643e1a873ad","message":{"value":{"role":"assistant","content":"Nothing.","tool_calls":[],"tool_call_id":null}},"finish_reason":"stop","of_run":null,"of_call":"read[0]!7","usage":{"input_tokens":106,"output_tokens":2},"price":{"usd":"0","source":"scripted","matched":"scripted:echo"},"latency_seconds":1.0,"tool_mode":"native","reask":true,"scripted":true}',1010705923);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',34,'model.reused',1,'2030-01-01T00:00:07.000000+00:00','p0xaaaaaaaaaaaa5','{"path":"read[1]","attempt":1,"call_id":"read[1]!8","model":"large","answered_by":"scripted:echo","request_hash":"f1485a9afda1ffa103ca7436c7fee45b","message":{"value":{"role":"assistant","content":"{\"wrong\": \"no\"}","tool_calls":[],"tool_call_id":null}},"finish_reason":"stop","of_run":null,"of_call":"read[0]!8","usage":{"input_tokens":50,"output_tokens":4},"price":{"usd":"0","source":"scripted","matched":"scripted:echo"},"latency_seconds":1.0,"tool_mode":"native","rung":1,"climbed":"its answer stayed malformed: it is not JSON: ''Nothing.''","scripted":true}',3773188909);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',35,'step.succeeded',1,'2030-01-01T00:00:07.000000+00:00','p0xaaaaaaaaaaaa6','{"path":"read[1]","attempt":1,"output":{"value":{"wrong":"no"}}}',3057276809);
INSERT INTO "mn_event" VALUES('xaaaaaaaaaaaaaab',36,'run.succeeded',1,'2030-01-01T00:00:07.000000+00:00','p0xaaaaaaaaaaaa6','{"output":{"value":{"read":[{"wrong":"no"},{"wrong":"no"}]}}}',3290930142);
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
INSERT INTO "mn_run" VALUES('xaaaaaaaaaaaaaab','42b95eb9a346530e839b64aac226b298','logs','conformance.ipynb','','succeeded',36,1,NULL,'2030-01-01T00:00:00.000000+00:00','2030-01-01T00:00:07.000000+00:00','2030-01-01T00:00:07.000000+00:00',NULL,'0',1,1,1,0,1,2236075753);
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
INSERT INTO "mn_spending" VALUES('2030-01-01','',0,437,5,'{}');
INSERT INTO "mn_spending" VALUES('2030-01-01','logs',0,437,5,'{}');
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
INSERT INTO "mn_workflow" VALUES('42b95eb9a346530e839b64aac226b298','logs','{"name":"logs","group":"logs","about":"","inputs":{},"outputs":{},"model":null,"ladder":[],"tools":[],"servers":{},"max_concurrency":8,"calls_per_minute":null,"policy":[{"tool":"log","effect":null,"group":"*","when":null,"approvals":0,"deny":false,"because":"it only reads","expires":null}],"budget":null,"cheaper":null,"steps":[{"name":"read","needs":[],"uses":[],"when":null,"for_each":{"over":"[''a'', ''a'']","item_name":"item","key":null,"concurrency":1,"max_items":1000,"on_error":"fail","quorum":null,"first":null},"repeat":null,"join":{"rule":"all_success","quorum":null},"on_failure":"fail","fallback":null,"retry":null,"timeout_seconds":300.0,"line":4,"kind":"agent","prompt":"What went wrong at {{ item }}?","model":"small","ladder":["large"],"unsure":null,"tools":[{"tool":"log","bound":{}}],"turns":8,"output":{"type":"object","properties":{"wrong":{"type":"string"}},"required":["wrong"],"additionalProperties":false},"budget":null,"cache":{"scope":"run","max_age_seconds":null},"names_item":true,"long_results":{"over":200,"then":"summarise","model":"tiny"}}],"children":{}}','','2030-01-01T00:00:00.000000+00:00',2739090709);
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
