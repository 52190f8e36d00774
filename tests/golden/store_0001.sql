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
INSERT INTO "mn_approval" VALUES('p0xaaaaaaaaaaaag','golden','r','approve','decided','Go on?','2030-01-01T00:00:02.300000+00:00','2030-01-01T01:00:02.300000+00:00','approve','ann','2030-01-01T00:00:03.000000+00:00');
INSERT INTO "mn_approval" VALUES('p0xaaaaaaaaaaaai','golden','e','call','decided','May ''post'' be called? It writes.','2030-01-01T00:00:02.350000+00:00',NULL,'approve','ann','2030-01-01T00:00:04.203000+00:00');
INSERT INTO "mn_approval" VALUES('p1xaaaaaaaaaaaaf','golden','c','call','decided','May ''send'' be called? It writes.','2030-01-01T00:00:04.157000+00:00',NULL,'approve','ann','2030-01-01T00:00:04.953000+00:00');
INSERT INTO "mn_approval" VALUES('p1xaaaaaaaaaaaaj','golden','e','in_doubt','decided','Did this call of ''post'' happen?','2030-01-01T00:00:04.557000+00:00',NULL,'happened','ann','2030-01-01T00:00:05.203000+00:00');
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
	taken BOOLEAN NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "mn_command" VALUES('xaaaaaaaaaaaaaab','golden','decide','{"approval_id": "p0xaaaaaaaaaaaag", "decision": "approve", "because": "", "edits": null, "value": null}','ann','simulation','2030-01-01T00:00:03.000000+00:00',1);
INSERT INTO "mn_command" VALUES('xaaaaaaaaaaaaaac','golden','decide','{"approval_id": "p0xaaaaaaaaaaaai", "decision": "approve", "because": "", "edits": null, "value": null}','ann','simulation','2030-01-01T00:00:04.203000+00:00',1);
INSERT INTO "mn_command" VALUES('xaaaaaaaaaaaaaad','golden','decide','{"approval_id": "p1xaaaaaaaaaaaaf", "decision": "approve", "because": "", "edits": null, "value": null}','ann','simulation','2030-01-01T00:00:04.953000+00:00',1);
INSERT INTO "mn_command" VALUES('xaaaaaaaaaaaaaae','golden','decide','{"approval_id": "p1xaaaaaaaaaaaaj", "decision": "happened", "because": "", "edits": null, "value": {"value": "e:None:9a5f34f7", "n": 4}}','ann','simulation','2030-01-01T00:00:05.203000+00:00',1);
CREATE TABLE mn_event (
	run_id VARCHAR NOT NULL, 
	seq INTEGER NOT NULL, 
	kind VARCHAR NOT NULL, 
	version INTEGER NOT NULL, 
	at VARCHAR(32) NOT NULL, 
	batch VARCHAR NOT NULL, 
	body TEXT NOT NULL, 
	PRIMARY KEY (run_id, seq)
)
 WITHOUT ROWID

;
INSERT INTO "mn_event" VALUES('golden',1,'run.created',1,'2030-01-01T00:00:00.000000+00:00','created','{"workflow":"simulated","workflow_hash":"ebc7d7b9602ac9071fd1217e4a438945","origin":"simulated.ipynb","title":"","inputs":{"value":{}},"by":"ann"}');
INSERT INTO "mn_event" VALUES('golden',2,'lease.taken',1,'2030-01-01T00:00:00.000000+00:00','lease-1','{"owner":"process-0","fence":1}');
INSERT INTO "mn_event" VALUES('golden',3,'run.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{}');
INSERT INTO "mn_event" VALUES('golden',4,'step.started',1,'2030-01-01T00:00:00.000000+00:00','p0xaaaaaaaaaaaac','{"path":"a","attempt":1,"token":"p0xaaaaaaaaaaaab","input":{"value":{"args":{"me":"a","item":null,"given":"none"}}},"step_key":"5bf3e80ea3a274c4813a2e295f4b7cfcfe41f6168294d8214be9a67ec179b822","code_hash":"c72b54a96a5e47ed"}');
INSERT INTO "mn_event" VALUES('golden',5,'step.succeeded',1,'2030-01-01T00:00:02.300000+00:00','p0xaaaaaaaaaaaah','{"path":"a","attempt":1,"output":{"value":{"value":"a:None:1894c081","n":6}}}');
INSERT INTO "mn_event" VALUES('golden',6,'step.started',1,'2030-01-01T00:00:02.300000+00:00','p0xaaaaaaaaaaaah','{"path":"b","attempt":1,"token":"p0xaaaaaaaaaaaad","input":{"value":{"args":{"me":"b","item":null,"given":[{"value":"a:None:1894c081","n":6}]}}},"step_key":"ea7ba38c12d7ee1eaeb27cc8cb856198626039c13ae23b13a64489287a5744d3","code_hash":"871c9556ce7986a3"}');
INSERT INTO "mn_event" VALUES('golden',7,'tool.started',1,'2030-01-01T00:00:02.300000+00:00','p0xaaaaaaaaaaaah','{"path":"b","attempt":1,"call_id":"b!1","tool":"look","effect":"read","args":{"value":{"me":"b","item":null,"given":[{"value":"a:None:1894c081","n":6}]}},"args_hash":"bb1961d3fb907a323f19d6d0e92f159d01e17f1b3940f16605c903cd98101d6b","key":"mn-a8d630d867a1b19c83e57810803a0ba0"}');
INSERT INTO "mn_event" VALUES('golden',8,'step.started',1,'2030-01-01T00:00:02.300000+00:00','p0xaaaaaaaaaaaah','{"path":"e","attempt":1,"token":"p0xaaaaaaaaaaaae","input":{"value":{"args":{"me":"e","item":null,"given":[{"value":"a:None:1894c081","n":6}]}}},"step_key":"ee0bfbd9b089ac66524fb320b6f148958a011fcd327007d0abec86ad10ed6510","code_hash":"79df243b9a8f5d70"}');
INSERT INTO "mn_event" VALUES('golden',9,'step.started',1,'2030-01-01T00:00:02.300000+00:00','p0xaaaaaaaaaaaah','{"path":"r","attempt":1,"token":"p0xaaaaaaaaaaaaf","input":{"value":{"prompt":"Go on?","shown":{"a.value":"a:None:1894c081"}}},"step_key":"4974fe8613883958d2f539af5366bd54a8992a859e78a943929a1c9c91721463"}');
INSERT INTO "mn_event" VALUES('golden',10,'approval.requested',1,'2030-01-01T00:00:02.300000+00:00','p0xaaaaaaaaaaaah','{"approval_id":"p0xaaaaaaaaaaaag","path":"r","attempt":1,"subject":"approve","prompt":"Go on?","shown":{"value":{"a.value":"a:None:1894c081"}},"editable":["a.value"],"expires_at":"2030-01-01T01:00:02.300000Z","then":"reject"}');
INSERT INTO "mn_event" VALUES('golden',11,'step.skipped',1,'2030-01-01T00:00:02.300000+00:00','p0xaaaaaaaaaaaah','{"path":"g","because":"`when: a.n > 100` does not hold"}');
INSERT INTO "mn_event" VALUES('golden',12,'tool.judged',1,'2030-01-01T00:00:02.350000+00:00','p0xaaaaaaaaaaaaj','{"path":"e","attempt":1,"call_id":"e!1","tool":"post","effect":"write","args":{"value":{"me":"e","item":null,"given":[{"value":"a:None:1894c081","n":6}]}},"args_hash":"585db35cc77df5cb5f6549ad1cfcffd5fcb09955d607df1ec4932a3c094fca3f","key":"mn-2095d0caf867f08adaedc27147cc5d21","verdict":"ask","because":"it writes, and nobody has allowed it yet"}');
INSERT INTO "mn_event" VALUES('golden',13,'approval.requested',1,'2030-01-01T00:00:02.350000+00:00','p0xaaaaaaaaaaaaj','{"approval_id":"p0xaaaaaaaaaaaai","path":"e","attempt":1,"subject":"call","prompt":"May ''post'' be called? It writes.","calls":[{"call_id":"e!1","tool":"post","effect":"write","args":{"value":{"me":"e","item":null,"given":[{"value":"a:None:1894c081","n":6}]}},"args_hash":"585db35cc77df5cb5f6549ad1cfcffd5fcb09955d607df1ec4932a3c094fca3f","key":"mn-2095d0caf867f08adaedc27147cc5d21"}]}');
INSERT INTO "mn_event" VALUES('golden',14,'tool.failed',1,'2030-01-01T00:00:02.351000+00:00','p0xaaaaaaaaaaaak','{"path":"b","call_id":"b!1","error":{"type":"TransientError","message":"b is out of breath"},"latency_seconds":0.001}');
INSERT INTO "mn_event" VALUES('golden',15,'step.failed',1,'2030-01-01T00:00:02.351000+00:00','p0xaaaaaaaaaaaak','{"path":"b","attempt":1,"error":{"type":"TransientError","message":"b is out of breath"},"final":false}');
INSERT INTO "mn_event" VALUES('golden',16,'step.retry_scheduled',1,'2030-01-01T00:00:02.351000+00:00','p0xaaaaaaaaaaaak','{"path":"b","attempt":2,"at":"2030-01-01T00:00:02.732487Z"}');
INSERT INTO "mn_event" VALUES('golden',17,'step.started',1,'2030-01-01T00:00:02.800000+00:00','p0xaaaaaaaaaaaan','{"path":"b","attempt":2,"token":"p0xaaaaaaaaaaaam","input":{"value":{"args":{"me":"b","item":null,"given":[{"value":"a:None:1894c081","n":6}]}}},"step_key":"ea7ba38c12d7ee1eaeb27cc8cb856198626039c13ae23b13a64489287a5744d3","code_hash":"871c9556ce7986a3"}');
INSERT INTO "mn_event" VALUES('golden',18,'tool.started',1,'2030-01-01T00:00:02.800000+00:00','p0xaaaaaaaaaaaan','{"path":"b","attempt":2,"call_id":"b!2","tool":"look","effect":"read","args":{"value":{"me":"b","item":null,"given":[{"value":"a:None:1894c081","n":6}]}},"args_hash":"bb1961d3fb907a323f19d6d0e92f159d01e17f1b3940f16605c903cd98101d6b","key":"mn-a8d630d867a1b19c83e57810803a0ba0"}');
INSERT INTO "mn_event" VALUES('golden',19,'approval.decided',1,'2030-01-01T00:00:03.000000+00:00','p0xaaaaaaaaaaaar','{"approval_id":"p0xaaaaaaaaaaaag","path":"r","decision":"approve","by":"ann","via":"simulation","decided_at":"2030-01-01T00:00:03Z","command_id":"xaaaaaaaaaaaaaab"}');
INSERT INTO "mn_event" VALUES('golden',20,'step.succeeded',1,'2030-01-01T00:00:03.000000+00:00','p0xaaaaaaaaaaaar','{"path":"r","attempt":1,"output":{"value":{"a":{"value":"a:None:1894c081"},"value":"a:None:1894c081","approved":true,"by":"ann","because":""}}}');
INSERT INTO "mn_event" VALUES('golden',21,'step.expanded',1,'2030-01-01T00:00:03.000000+00:00','p0xaaaaaaaaaaaar','{"path":"f","items":{"value":[0,1]},"keys":["0","1"]}');
INSERT INTO "mn_event" VALUES('golden',22,'step.started',1,'2030-01-01T00:00:03.000000+00:00','p0xaaaaaaaaaaaar','{"path":"f[0]","attempt":1,"token":"p0xaaaaaaaaaaaap","input":{"value":{"args":{"me":"f","item":"0","given":[{"a":{"value":"a:None:1894c081"},"value":"a:None:1894c081","approved":true,"by":"ann","because":""}]}}},"step_key":"c3e59c4123305bbd871abc9298e1a47fa3a324d502c2b9ce7f233a072f149b5a","item":0,"code_hash":"c72b54a96a5e47ed"}');
INSERT INTO "mn_event" VALUES('golden',23,'step.started',1,'2030-01-01T00:00:03.000000+00:00','p0xaaaaaaaaaaaar','{"path":"f[1]","attempt":1,"token":"p0xaaaaaaaaaaaaq","input":{"value":{"args":{"me":"f","item":"1","given":[{"a":{"value":"a:None:1894c081"},"value":"a:None:1894c081","approved":true,"by":"ann","because":""}]}}},"step_key":"0bfef23c8ac49c4ef09dba9967ca090d15d97062bcdc234db7d13881db2181e3","item":1,"code_hash":"c72b54a96a5e47ed"}');
INSERT INTO "mn_event" VALUES('golden',24,'step.succeeded',1,'2030-01-01T00:00:03.050000+00:00','p0xaaaaaaaaaaaas','{"path":"f[1]","attempt":1,"output":{"value":{"value":"f:1:9762ca31","n":2}}}');
INSERT INTO "mn_event" VALUES('golden',25,'step.succeeded',1,'2030-01-01T00:00:03.350000+00:00','p0xaaaaaaaaaaaat','{"path":"f[0]","attempt":1,"output":{"value":{"value":"f:0:4d706cd5","n":0}}}');
INSERT INTO "mn_event" VALUES('golden',26,'tool.succeeded',1,'2030-01-01T00:00:03.351000+00:00','p0xaaaaaaaaaaaav','{"path":"b","call_id":"b!2","output":{"value":{"value":"b:None:354ba9d3","n":0}},"latency_seconds":0.501}');
INSERT INTO "mn_event" VALUES('golden',27,'step.succeeded',1,'2030-01-01T00:00:03.351000+00:00','p0xaaaaaaaaaaaav','{"path":"b","attempt":2,"output":{"value":{"value":"b:None:354ba9d3","n":0}}}');
INSERT INTO "mn_event" VALUES('golden',28,'step.started',1,'2030-01-01T00:00:03.351000+00:00','p0xaaaaaaaaaaaav','{"path":"c","attempt":1,"token":"p0xaaaaaaaaaaaau","input":{"value":{"prompt":"[c|] {\"value\": \"b:None:354ba9d3\", \"n\": 0}","tools":{"look":{"me":"c"},"send":{"me":"c"}}}},"step_key":"dfad3b90ae1a090d5162a433e27461eded258d41b2832537dc9b42693a238c56"}');
INSERT INTO "mn_event" VALUES('golden',29,'model.requested',1,'2030-01-01T00:00:03.351000+00:00','p0xaaaaaaaaaaaav','{"path":"c","attempt":1,"call_id":"c!1","model":"scripted:echo","messages":["b85269d20e5808ff","57465cdb7dbf4453"],"request_hash":"e57c6001c2e7de17e019c4b9e52fdccb","max_tokens":2048}');
INSERT INTO "mn_event" VALUES('golden',30,'model.responded',1,'2030-01-01T00:00:03.601000+00:00','p0xaaaaaaaaaaaaw','{"path":"c","call_id":"c!1","message":{"value":{"role":"assistant","content":"","tool_calls":[{"id":"call_96dacc0b_0","name":"look","arguments":"{\"given\": [0, 0]}"}],"tool_call_id":null}},"finish_reason":"tool_calls","model":"scripted:echo","provider":"scripted","usage":{"input_tokens":34,"output_tokens":6},"price":{"usd":"0","source":"scripted","matched":"scripted:echo"},"latency_seconds":0.0,"scripted":true}');
INSERT INTO "mn_event" VALUES('golden',31,'tool.started',1,'2030-01-01T00:00:03.603000+00:00','p0xaaaaaaaaaaaax','{"path":"c","attempt":1,"call_id":"c!2","answers":"c!1","tool":"look","effect":"read","args":{"value":{"given":[0,0]}},"args_hash":"e6d228962a6e23ed9e0b8aae9f2b3647ce3dd1a4bccf65387512dfbc6741a2e8","key":"mn-312ecbb2c7e2fd77e52876d8e5052bdf"}');
INSERT INTO "mn_event" VALUES('golden',32,'tool.succeeded',1,'2030-01-01T00:00:03.953000+00:00','p0xaaaaaaaaaaaay','{"path":"c","call_id":"c!2","output":{"value":{"value":"c:None:81bf6bdc","n":0}},"latency_seconds":0.3}');
INSERT INTO "mn_event" VALUES('golden',33,'lease.taken',1,'2030-01-01T00:00:03.953000+00:00','lease-2','{"owner":"process-1","fence":2}');
INSERT INTO "mn_event" VALUES('golden',34,'step.interrupted',1,'2030-01-01T00:00:03.953000+00:00','p1xaaaaaaaaaaaab','{"path":"c","attempt":1,"because":"the process that made the attempt ended"}');
INSERT INTO "mn_event" VALUES('golden',35,'step.started',1,'2030-01-01T00:00:03.953000+00:00','p1xaaaaaaaaaaaad','{"path":"c","attempt":2,"token":"p1xaaaaaaaaaaaac","input":{"value":{"prompt":"[c|] {\"value\": \"b:None:354ba9d3\", \"n\": 0}","tools":{"look":{"me":"c"},"send":{"me":"c"}}}},"step_key":"dfad3b90ae1a090d5162a433e27461eded258d41b2832537dc9b42693a238c56"}');
INSERT INTO "mn_event" VALUES('golden',36,'model.requested',1,'2030-01-01T00:00:03.953000+00:00','p1xaaaaaaaaaaaad','{"path":"c","attempt":2,"call_id":"c!3","model":"scripted:echo","messages":["b85269d20e5808ff","57465cdb7dbf4453","1cd9c595e69757bf","7d970e539cc1d906"],"request_hash":"1f92f505ff5a93df634dadf11ec34843","max_tokens":2048}');
INSERT INTO "mn_event" VALUES('golden',37,'model.responded',1,'2030-01-01T00:00:04.155000+00:00','p1xaaaaaaaaaaaae','{"path":"c","call_id":"c!3","message":{"value":{"role":"assistant","content":"","tool_calls":[{"id":"call_253600bb_0","name":"send","arguments":"{\"given\": [1, 0]}"}],"tool_call_id":null}},"finish_reason":"tool_calls","model":"scripted:echo","provider":"scripted","usage":{"input_tokens":43,"output_tokens":6},"price":{"usd":"0","source":"scripted","matched":"scripted:echo"},"latency_seconds":0.0,"scripted":true}');
INSERT INTO "mn_event" VALUES('golden',38,'tool.judged',1,'2030-01-01T00:00:04.157000+00:00','p1xaaaaaaaaaaaag','{"path":"c","attempt":2,"call_id":"c!4","answers":"c!3","tool":"send","effect":"write","args":{"value":{"given":[1,0]}},"args_hash":"1999cb6987a09cb291997298b767eb85d81140f1d8586fbc010b49f87f29d545","key":"mn-45a46a7077e1dddb3ac776acece0ed9a","verdict":"ask","because":"it writes, and nobody has allowed it yet"}');
INSERT INTO "mn_event" VALUES('golden',39,'approval.requested',1,'2030-01-01T00:00:04.157000+00:00','p1xaaaaaaaaaaaag','{"approval_id":"p1xaaaaaaaaaaaaf","path":"c","attempt":2,"subject":"call","prompt":"May ''send'' be called? It writes.","calls":[{"call_id":"c!4","tool":"send","effect":"write","args":{"value":{"given":[1,0]}},"args_hash":"1999cb6987a09cb291997298b767eb85d81140f1d8586fbc010b49f87f29d545","key":"mn-45a46a7077e1dddb3ac776acece0ed9a"}]}');
INSERT INTO "mn_event" VALUES('golden',40,'lease.taken',1,'2030-01-01T00:00:04.253000+00:00','lease-3','{"owner":"process-1","fence":3}');
INSERT INTO "mn_event" VALUES('golden',41,'approval.decided',1,'2030-01-01T00:00:04.253000+00:00','p1xaaaaaaaaaaaah','{"approval_id":"p0xaaaaaaaaaaaai","path":"e","decision":"approve","by":"ann","via":"simulation","decided_at":"2030-01-01T00:00:04.203000Z","command_id":"xaaaaaaaaaaaaaac"}');
INSERT INTO "mn_event" VALUES('golden',42,'step.resumed',1,'2030-01-01T00:00:04.253000+00:00','p1xaaaaaaaaaaaah','{"path":"e","attempt":1,"token":"p0xaaaaaaaaaaaae"}');
INSERT INTO "mn_event" VALUES('golden',43,'tool.started',1,'2030-01-01T00:00:04.255000+00:00','p1xaaaaaaaaaaaai','{"path":"e","attempt":1,"call_id":"e!1","tool":"post","effect":"write","args":{"value":{"me":"e","item":null,"given":[{"value":"a:None:1894c081","n":6}]}},"args_hash":"585db35cc77df5cb5f6549ad1cfcffd5fcb09955d607df1ec4932a3c094fca3f","key":"mn-2095d0caf867f08adaedc27147cc5d21"}');
INSERT INTO "mn_event" VALUES('golden',44,'tool.in_doubt',1,'2030-01-01T00:00:04.557000+00:00','p1xaaaaaaaaaaaak','{"path":"e","call_id":"e!1","evidence":"the call ended with ConnectionError: the line broke before the answer came"}');
INSERT INTO "mn_event" VALUES('golden',45,'approval.requested',1,'2030-01-01T00:00:04.557000+00:00','p1xaaaaaaaaaaaak','{"approval_id":"p1xaaaaaaaaaaaaj","path":"e","attempt":1,"subject":"in_doubt","prompt":"Did this call of ''post'' happen?","calls":[{"call_id":"e!1","tool":"post","effect":"write","args":{"value":{"me":"e","item":null,"given":[{"value":"a:None:1894c081","n":6}]}},"args_hash":"585db35cc77df5cb5f6549ad1cfcffd5fcb09955d607df1ec4932a3c094fca3f","key":"mn-2095d0caf867f08adaedc27147cc5d21"}],"evidence":"the call ended with ConnectionError: the line broke before the answer came"}');
INSERT INTO "mn_event" VALUES('golden',46,'lease.taken',1,'2030-01-01T00:00:05.053000+00:00','lease-4','{"owner":"process-1","fence":4}');
INSERT INTO "mn_event" VALUES('golden',47,'approval.decided',1,'2030-01-01T00:00:05.053000+00:00','p1xaaaaaaaaaaaam','{"approval_id":"p1xaaaaaaaaaaaaf","path":"c","decision":"approve","by":"ann","via":"simulation","decided_at":"2030-01-01T00:00:04.953000Z","command_id":"xaaaaaaaaaaaaaad"}');
INSERT INTO "mn_event" VALUES('golden',48,'step.resumed',1,'2030-01-01T00:00:05.053000+00:00','p1xaaaaaaaaaaaam','{"path":"c","attempt":2,"token":"p1xaaaaaaaaaaaac"}');
INSERT INTO "mn_event" VALUES('golden',49,'tool.started',1,'2030-01-01T00:00:05.103000+00:00','p1xaaaaaaaaaaaan','{"path":"c","attempt":2,"call_id":"c!4","answers":"c!3","tool":"send","effect":"write","args":{"value":{"given":[1,0]}},"args_hash":"1999cb6987a09cb291997298b767eb85d81140f1d8586fbc010b49f87f29d545","key":"mn-45a46a7077e1dddb3ac776acece0ed9a"}');
INSERT INTO "mn_event" VALUES('golden',50,'tool.succeeded',1,'2030-01-01T00:00:05.114000+00:00','p1xaaaaaaaaaaaap','{"path":"c","call_id":"c!4","output":{"value":{"value":"c:None:b041b3bd","n":6}},"latency_seconds":0.011}');
INSERT INTO "mn_event" VALUES('golden',51,'model.requested',1,'2030-01-01T00:00:05.116000+00:00','p1xaaaaaaaaaaaaq','{"path":"c","attempt":2,"call_id":"c!5","model":"scripted:echo","messages":["b85269d20e5808ff","57465cdb7dbf4453","1cd9c595e69757bf","7d970e539cc1d906","a5fcfdd285f0e493","e9e9d69774d454ef"],"request_hash":"40032196e80b1640e8923fd53dda00e2","max_tokens":2048}');
INSERT INTO "mn_event" VALUES('golden',52,'approval.decided',1,'2030-01-01T00:00:05.253000+00:00','p1xaaaaaaaaaaaar','{"approval_id":"p1xaaaaaaaaaaaaj","path":"e","decision":"happened","by":"ann","via":"simulation","decided_at":"2030-01-01T00:00:05.203000Z","command_id":"xaaaaaaaaaaaaaae"}');
INSERT INTO "mn_event" VALUES('golden',53,'tool.settled',1,'2030-01-01T00:00:05.253000+00:00','p1xaaaaaaaaaaaar','{"path":"e","call_id":"e!1","outcome":"happened","output":{"value":{"value":"e:None:9a5f34f7","n":4}},"by":"ann"}');
INSERT INTO "mn_event" VALUES('golden',54,'step.resumed',1,'2030-01-01T00:00:05.253000+00:00','p1xaaaaaaaaaaaar','{"path":"e","attempt":1,"token":"p0xaaaaaaaaaaaae"}');
INSERT INTO "mn_event" VALUES('golden',55,'step.succeeded',1,'2030-01-01T00:00:05.253000+00:00','p1xaaaaaaaaaaaas','{"path":"e","attempt":1,"output":{"value":{"value":"e:None:9a5f34f7","n":4}}}');
INSERT INTO "mn_event" VALUES('golden',56,'model.responded',1,'2030-01-01T00:00:06.166000+00:00','p1xaaaaaaaaaaaat','{"path":"c","call_id":"c!5","message":{"value":{"role":"assistant","content":"I would rather not.","tool_calls":[],"tool_call_id":null}},"finish_reason":"stop","model":"scripted:echo","provider":"scripted","usage":{"input_tokens":53,"output_tokens":5},"price":{"usd":"0","source":"scripted","matched":"scripted:echo"},"latency_seconds":0.0,"scripted":true}');
INSERT INTO "mn_event" VALUES('golden',57,'model.requested',1,'2030-01-01T00:00:06.166000+00:00','p1xaaaaaaaaaaaau','{"path":"c","attempt":2,"call_id":"c!6","model":"scripted:echo","messages":["b85269d20e5808ff","57465cdb7dbf4453","1cd9c595e69757bf","7d970e539cc1d906","a5fcfdd285f0e493","e9e9d69774d454ef","cf09576492667721","249b2e9d8a1ba195"],"request_hash":"a4d01307a48b68471f596a979dc70d06","reask":true,"max_tokens":2048}');
INSERT INTO "mn_event" VALUES('golden',58,'model.responded',1,'2030-01-01T00:00:06.266000+00:00','p1xaaaaaaaaaaaav','{"path":"c","call_id":"c!6","message":{"value":{"role":"assistant","content":"{\"value\": \"c::7a08f96c\", \"n\": 6}","tool_calls":[],"tool_call_id":null}},"finish_reason":"stop","model":"scripted:echo","provider":"scripted","usage":{"input_tokens":120,"output_tokens":8},"price":{"usd":"0","source":"scripted","matched":"scripted:echo"},"latency_seconds":0.0,"scripted":true}');
INSERT INTO "mn_event" VALUES('golden',59,'step.succeeded',1,'2030-01-01T00:00:06.266000+00:00','p1xaaaaaaaaaaaax','{"path":"c","attempt":2,"output":{"value":{"value":"c::7a08f96c","n":6}}}');
INSERT INTO "mn_event" VALUES('golden',60,'step.started',1,'2030-01-01T00:00:06.266000+00:00','p1xaaaaaaaaaaaax','{"path":"h","attempt":1,"token":"p1xaaaaaaaaaaaaw","input":{"value":{"args":{"me":"h","item":null,"given":[{"value":"c::7a08f96c","n":6}]}}},"step_key":"a5a7fb577c8e06c28384de29b652c5bdf14f30190c2c53c6d203f61fd2178717","code_hash":"58f364df26296e4c"}');
INSERT INTO "mn_event" VALUES('golden',61,'tool.started',1,'2030-01-01T00:00:06.266000+00:00','p1xaaaaaaaaaaaax','{"path":"h","attempt":1,"call_id":"h!1","tool":"put","effect":"idempotent","args":{"value":{"me":"h","item":null,"given":[{"value":"c::7a08f96c","n":6}]}},"args_hash":"7f4ebb1103d0ffded55b0a398e8f42c5b862edbedbd676247a5d26d920cd9302","key":"mn-85541b0a2720b3fdb54a37c4d0992c56"}');
INSERT INTO "mn_event" VALUES('golden',62,'tool.succeeded',1,'2030-01-01T00:00:08.566000+00:00','p1xaaaaaaaaaaaay','{"path":"h","call_id":"h!1","output":{"value":{"value":"h:None:9336a814","n":5}},"latency_seconds":2.3}');
INSERT INTO "mn_event" VALUES('golden',63,'step.succeeded',1,'2030-01-01T00:00:08.566000+00:00','p1xaaaaaaaaaaaay','{"path":"h","attempt":1,"output":{"value":{"value":"h:None:9336a814","n":5}}}');
INSERT INTO "mn_event" VALUES('golden',64,'run.succeeded',1,'2030-01-01T00:00:08.566000+00:00','p1xaaaaaaaaaaaay','{"output":{"value":{"e":{"value":"e:None:9a5f34f7","n":4},"f":[{"value":"f:0:4d706cd5","n":0},{"value":"f:1:9762ca31","n":2}],"g":null,"h":{"value":"h:None:9336a814","n":5}}}}');
CREATE TABLE mn_migration (
	name VARCHAR NOT NULL, 
	applied_at VARCHAR(32) NOT NULL, 
	breaking BOOLEAN NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "mn_migration" VALUES('0001_first_tables','2030-01-01T00:00:00.000000+00:00',0);
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
INSERT INTO "mn_process" VALUES('process-0',1,'host','','simulated.ipynb','2030-01-01T00:00:00.000000+00:00',3,0);
INSERT INTO "mn_process" VALUES('process-1',1,'host','','simulated.ipynb','2030-01-01T00:00:03.953000+00:00',5,0);
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
	scripted BOOLEAN NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "mn_run" VALUES('golden','ebc7d7b9602ac9071fd1217e4a438945','simulated','simulated.ipynb','','succeeded',64,4,NULL,'2030-01-01T00:00:00.000000+00:00','2030-01-01T00:00:08.566000+00:00','2030-01-01T00:00:08.566000+00:00',NULL,'0',1,8,8,0,1);
CREATE TABLE mn_workflow (
	hash VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	model TEXT NOT NULL, 
	source TEXT NOT NULL, 
	created_at VARCHAR(32) NOT NULL, 
	PRIMARY KEY (hash)
);
INSERT INTO "mn_workflow" VALUES('ebc7d7b9602ac9071fd1217e4a438945','simulated','{"name":"simulated","group":"simulated","about":"","inputs":{},"outputs":{},"model":null,"tools":[],"max_concurrency":8,"steps":[{"name":"a","needs":[],"uses":[],"when":null,"for_each":null,"retry":null,"timeout_seconds":300.0,"line":0,"kind":"python","function":"work","args":{"me":"a","item":null,"given":"none"},"effect":"idempotent","output":null},{"name":"b","needs":["a"],"uses":["a"],"when":null,"for_each":null,"retry":{"attempts":12,"backoff_seconds":0.5,"max_backoff_seconds":1.0},"timeout_seconds":300.0,"line":0,"kind":"tool","tool":"look","args":{"me":"b","item":null,"given":"{{ [a] }}"},"output":null},{"name":"c","needs":["b"],"uses":["b"],"when":null,"for_each":null,"retry":null,"timeout_seconds":300.0,"line":0,"kind":"agent","prompt":"[c|] {{ b }}","model":null,"tools":[{"tool":"look","bound":{"me":"c"}},{"tool":"send","bound":{"me":"c"}}],"turns":8,"output":{"type":"object","properties":{"value":{"type":"string"},"n":{"type":"integer"}},"required":["value","n"],"additionalProperties":false}},{"name":"e","needs":["a"],"uses":["a"],"when":null,"for_each":null,"retry":{"attempts":12,"backoff_seconds":0.5,"max_backoff_seconds":1.0},"timeout_seconds":300.0,"line":0,"kind":"tool","tool":"post","args":{"me":"e","item":null,"given":"{{ [a] }}"},"output":null},{"name":"r","needs":["a"],"uses":["a"],"when":null,"for_each":null,"retry":null,"timeout_seconds":300.0,"line":0,"kind":"approve","prompt":"Go on?","authorises":null,"show":[],"edit":["a.value"],"expires":{"after_seconds":3600.0,"then":"reject"}},{"name":"f","needs":["r"],"uses":["r"],"when":null,"for_each":{"over":"[0, 1]","item_name":"item","key":null,"concurrency":4,"max_items":1000,"on_error":"fail","quorum":null},"retry":null,"timeout_seconds":300.0,"line":0,"kind":"python","function":"work","args":{"me":"f","item":"{{ item | string }}","given":"{{ [r] }}"},"effect":"idempotent","output":null},{"name":"g","needs":["a"],"uses":["a"],"when":"a.n > 100","for_each":null,"retry":null,"timeout_seconds":300.0,"line":0,"kind":"python","function":"work","args":{"me":"g","item":null,"given":"{{ [a] }}"},"effect":"idempotent","output":null},{"name":"h","needs":["c"],"uses":["c"],"when":null,"for_each":null,"retry":null,"timeout_seconds":300.0,"line":0,"kind":"tool","tool":"put","args":{"me":"h","item":null,"given":"{{ [c] }}"},"output":null}]}','','2030-01-01T00:00:00.000000+00:00');
CREATE INDEX mn_run_by_age ON mn_run (created_at);
CREATE INDEX mn_run_by_origin ON mn_run (origin, status);
CREATE INDEX mn_run_by_owner ON mn_run (owner);
CREATE INDEX mn_approval_by_status ON mn_approval (status, run_id);
CREATE INDEX mn_command_by_taken ON mn_command (taken, run_id);
COMMIT;
