package redpoll

// fieldsOf describes a record for readRecord, "" if it does not know it; package structs says how. The marks of our own are
// read by readMarked.
func fieldsOf(p any) string {
	switch p.(type) {
	case *ACLLogEntry:
		return "count=Count,reason=Reason,context=Context,object=Object,username=Username,age-seconds=Age:s," +
			"entry-id=EntryID,timestamp-created=Created,timestamp-last-updated=Updated,client-info=Client"
	case *AOFAcks:
		return "[2]Local,Replicas"
	case *Address:
		return "[2]Host,Port"
	case *ArrayInfo:
		return "count=Count,len=Len,next-insert-index=NextInsertIndex,slices=Slices,slice-size=SliceSize," +
			"directory-size=DirectorySize,super-dir-entries=SuperDirEntries,dense-slices=DenseSlices," +
			"sparse-slices=SparseSlices,avg-dense-size=AvgDenseSize,avg-dense-fill=AvgDenseFill," +
			"avg-sparse-size=AvgSparseSize"
	case *BackupStatus:
		return "state=State,error=Error,start_time=Start:unix,end_time=End:unix"
	case *BloomInfo:
		return "Capacity=Capacity,Size=Size,Number of filters=Filters,Number of items inserted=Items," +
			"Expansion rate=Expansion"
	case *CMSSketchInfo:
		return "width=Width,depth=Depth,count=Count,cell_size=CellSize,cell size=CellSize"
	case *CachedInfo:
		return "[2]Age,Info:null"
	case *ClientInfo:
		return "age=Age:s,idle=Idle:s,addr=Addr,laddr=LAddr,name=Name,flags=Flags,events=Events,cmd=Cmd,user=User," +
			"lib-name=LibName,lib-ver=LibVer,capa=Capa,id=ID,fd=FD,db=DB,sub=Sub,psub=PSub,ssub=SSub,multi=Multi,watch=Watch," +
			"qbuf=QueryBuffer,qbuf-free=QueryBufferFree,argv-mem=ArgvMem,multi-mem=MultiMem,rbs=ReplyBuffer," +
			"rbp=ReplyBufferPeak,obl=OutputBuffer,oll=OutputList,omem=OutputMem,tot-mem=TotalMem,redir=Redir," +
			"resp=Resp,io-thread=IOThread,tot-net-in=TotalNetIn,tot-net-out=TotalNetOut,tot-cmds=TotalCommands"
	case *ClusterInfo:
		return "cluster_state=State,cluster_slots_assigned=SlotsAssigned,cluster_slots_ok=SlotsOK," +
			"cluster_slots_pfail=SlotsPFail,cluster_slots_fail=SlotsFail,cluster_known_nodes=KnownNodes," +
			"cluster_size=Size,cluster_current_epoch=CurrentEpoch,cluster_my_epoch=MyEpoch," +
			"cluster_stats_messages_sent=MessagesSent,cluster_stats_messages_received=MessagesReceived," +
			"total_cluster_links_buffer_limit_exceeded=LinksBufferLimitExceeded," +
			"cluster_nodes_pfail=NodesPFail,cluster_nodes_fail=NodesFail," +
			"cluster_voting_nodes_pfail=VotingNodesPFail,cluster_voting_nodes_fail=VotingNodesFail," +
			"cluster_stats_bytes_sent=BytesSent,cluster_stats_bytes_received=BytesReceived," +
			"cluster_stats_pubsub_bytes_sent=PubSubBytesSent,cluster_stats_pubsub_bytes_received=PubSubBytesReceived," +
			"cluster_stats_module_bytes_sent=ModuleBytesSent,cluster_stats_module_bytes_received=ModuleBytesReceived"
	case *ClusterLink:
		return "direction=Direction,node=Node,create-time=Created,events=Events," +
			"send-buffer-allocated=SendBufferAllocated,send-buffer-used=SendBufferUsed"
	case *ClusterPage:
		return "[2]Cursor,Keys:users"
	case *ClusterShard:
		return "id=ID,slots=Slots,nodes=Nodes"
	case *ClusterShardNode:
		return "id=ID,port=Port,tls-port=TLSPort,ip=IP,endpoint=Endpoint,hostname=Hostname,role=Role," +
			"replication-offset=ReplicationOffset,health=Health"
	case *CommandArgument:
		return "name=Name,display_text=DisplayText,type=Type,token=Token,key_spec_index=KeySpec,summary=Summary," +
			"since=Since,deprecated_since=DeprecatedSince,flags=Flags,arguments=Arguments"
	case *CommandChange:
		return "[2]Version,Change"
	case *CommandDoc:
		return "summary=Summary,since=Since,group=Group,complexity=Complexity,module=Module,doc_flags=Flags," +
			"deprecated_since=DeprecatedSince,replaced_by=ReplacedBy,history=History,arguments=Arguments," +
			"subcommands=Subcommands"
	case *CommandInfo:
		return "[6]Name,Arity,Flags,FirstKey,LastKey,Step,Categories,Tips,Keys,Subcommands"
	case *CommandLogEntry:
		return "[6]ID,At:unix,Cost,Args:seen,ClientAddr,ClientName"
	case *ConsumerInfo:
		return "name=Name:user,pending=Pending,idle=Idle,inactive=Inactive"
	case *ConsumerInfoFull:
		return "name=Name:user,seen-time=SeenTime,active-time=ActiveTime,pel-count=PELCount,pending=Pending"
	case *CuckooInfo:
		return "Size=Size,Number of buckets=Buckets,Number of filters=Filters,Number of items inserted=Inserted," +
			"Number of items deleted=Deleted,Bucket size=BucketSize,Expansion rate=Expansion," +
			"Max iterations=MaxIterations"
	case *FloatIncrement:
		return "[2]Value:null,Applied"
	case *DebugObject:
		return "at=At,encoding=Encoding,refcount=RefCount,serializedlength=SerializedLength,lru=LRU,lru_seconds_idle=Idle:s"
	case *Function:
		return "name=Name,description=Description:seen,flags=Flags"
	case *FunctionEngine:
		return "libraries_count=Libraries,functions_count=Functions"
	case *FunctionLibrary:
		return "library_name=Name,engine=Engine,library_code=Code:seen,functions=Functions"
	case *FunctionStats:
		return "running_script=Running,engines=Engines"
	case *GroupInfo:
		return "name=Name:user,consumers=Consumers,pending=Pending,last-delivered-id=LastDeliveredID," +
			"entries-read=EntriesRead,lag=Lag"
	case *GroupInfoFull:
		return "name=Name:user,last-delivered-id=LastDeliveredID,entries-read=EntriesRead,lag=Lag,pel-count=PELCount," +
			"nacked-count=NackedCount,pending=Pending:consumers,consumers=Consumers"
	case *HotKeyRate:
		return "key=Key:user,db=DB,qps=PerSecond"
	case *HotKeys:
		return "tracking-active=Active,sample-ratio=SampleRatio,collection-start-time-unix-ms=Start," +
			"collection-duration-ms=Duration,all-commands-all-slots-us=CPU:us," +
			"all-commands-selected-slots-us=CPUSlots:us,sampled-commands-selected-slots-us=CPUSampled:us," +
			"net-bytes-all-commands-all-slots=Net,net-bytes-all-commands-selected-slots=NetSlots," +
			"net-bytes-sampled-commands-selected-slots=NetSampled,total-cpu-time-user-ms=CPUUser," +
			"total-cpu-time-sys-ms=CPUSys,total-net-bytes=NetTotal,selected-slots=Slots,by-cpu-time-us=ByCPU," +
			"by-net-bytes=ByNet"
	case *Increment:
		return "[2]Value:null,Applied"
	case *KeyFlags:
		return "[2]Key:user,Flags"
	case *KeySpec:
		return "notes=Notes,flags=Flags,begin_search/type=Begin,begin_search/spec/index=Index," +
			"begin_search/spec/keyword=Keyword,begin_search/spec/startfrom=StartFrom,find_keys/type=Find," +
			"find_keys/spec/lastkey=LastKey,find_keys/spec/keystep=KeyStep,find_keys/spec/limit=Limit," +
			"find_keys/spec/keynumidx=KeyNumIndex,find_keys/spec/firstkey=FirstKey"
	case *LCSMatches:
		return "matches=Matches,len=Len"
	case *LatencyEvent:
		return "[4]Event,At:unix,Latency,Max,Sum,Count"
	case *LatencyHistogram:
		return "calls=Calls,histogram_usec=Buckets"
	case *LatencySample:
		return "[2]At:unix,Latency"
	case *MemoryDB:
		return "overhead.hashtable.main=Keys,overhead.hashtable.expires=Expires,overhead.hashtable.slot-to-keys=SlotToKeys"
	case *MemoryStats:
		return "peak.allocated=Peak,total.allocated=Total,startup.allocated=Startup," +
			"replication.backlog=ReplicationBacklog,clients.slaves=Replicas,clients.normal=Clients," +
			"cluster.links=ClusterLinks,aof.buffer=AOFBuffer,lua.caches=Scripts,functions.caches=Functions," +
			"overhead.total=Overhead,dataset.bytes=Dataset,keys.count=Keys,keys.bytes-per-key=BytesPerKey," +
			"dataset.percentage=DatasetPercent,peak.percentage=PeakPercent,allocator.allocated=AllocatorAllocated," +
			"allocator.active=AllocatorActive,allocator.resident=AllocatorResident," +
			"allocator-fragmentation.ratio=AllocatorFragmentation," +
			"allocator-fragmentation.bytes=AllocatorFragmentationBytes,allocator-rss.ratio=AllocatorRSS," +
			"allocator-rss.bytes=AllocatorRSSBytes,rss-overhead.ratio=RSSOverhead," +
			"rss-overhead.bytes=RSSOverheadBytes,fragmentation=Fragmentation," +
			"fragmentation.bytes=FragmentationBytes,allocator.muzzy=AllocatorMuzzy," +
			"replica.fullsync.buffer=ReplicaBuffers,replicas.repl.buffer=ReplicaBuffers,script.VMs=ScriptVMs," +
			"cluster.slot_import=SlotImport,cluster.slot_export=SlotExport," +
			"overhead.db.hashtable.lut=TableLookup,overhead.db.hashtable.rehashing=TableRehashing," +
			"db.dict.rehashing.count=TablesRehashing"
	case *MigrationTask:
		return "id=ID,source=Source,dest=Dest,operation=Operation,state=State,last_error=LastError,retries=Retries," +
			"create_time=Created,start_time=Started,end_time=Ended,write_pause_ms=WritePause,slots=Slots"
	case *Module:
		return "name=Name,ver=Version,path=Path,args=Args"
	case *PendingConsumer:
		return "[2]Consumer:user,Count"
	case *PendingEntry:
		return "[4]ID,Consumer:user,Idle,Deliveries"
	case *RoleReplica:
		return "[3]Host,Port,Offset"
	case *RunningFunction:
		return "name=Name,command=Command:seen,duration_ms=Duration"
	case *SentinelScript:
		return "argv=Argv,flags=Flags,pid=PID,run-time=RunTime,run-delay=RunDelay,retry-num=Retries"
	case *SentinelState:
		return "name=Name,ip=Addr.Host,port=Addr.Port,runid=RunID,flags=Flags:flags," +
			"link-pending-commands=LinkPendingCommands,link-refcount=LinkRefCount,last-ping-sent=LastPingSent," +
			"last-ok-ping-reply=LastOKPingReply,last-ping-reply=LastPingReply,s-down-time=SDownTime," +
			"o-down-time=ODownTime,down-after-milliseconds=DownAfter,info-refresh=InfoRefresh," +
			"role-reported=RoleReported,role-reported-time=RoleReportedTime,config-epoch=ConfigEpoch," +
			"num-slaves=NumReplicas,num-other-sentinels=NumOtherSentinels,quorum=Quorum," +
			"failover-timeout=FailoverTimeout,parallel-syncs=ParallelSyncs,failover-state=FailoverState," +
			"master-host=Master.Host:host,master-port=Master.Port,master-link-status=MasterLinkStatus," +
			"master-link-down-time=MasterLinkDownTime,slave-priority=ReplicaPriority,slave-repl-offset=ReplicaOffset," +
			"last-hello-message=LastHello,voted-leader=VotedLeader,voted-leader-epoch=VotedLeaderEpoch"
	case *SlotMigrationState:
		return "name=Name,operation=Operation,source_node=Source,target_node=Target,create_time=Created:unix," +
			"last_update_time=Updated:unix,last_ack_time=Acked:unix,state=State,message=Message,cow_size=CowSize," +
			"slot_ranges=Slots,remaining_repl_size=Remaining"
	case *SlotStats:
		return "key-count=KeyCount,cpu-usec=CPU:us,memory-bytes=Memory,network-bytes-in=NetworkIn," +
			"network-bytes-out=NetworkOut"
	case *SlowLogEntry:
		return "[4]ID,At:unix,Duration:us,Args:seen,ClientAddr,ClientName"
	case *StreamInfo:
		return "length=Length,radix-tree-keys=RadixTreeKeys,radix-tree-nodes=RadixTreeNodes," +
			"last-generated-id=LastGeneratedID,max-deleted-entry-id=MaxDeletedEntryID,entries-added=EntriesAdded," +
			"recorded-first-entry-id=RecordedFirstEntryID,idmp-duration=IDMPDuration:s,idmp-maxsize=IDMPMaxSize," +
			"pids-tracked=PIDsTracked,iids-tracked=IIDsTracked,iids-added=IIDsAdded,iids-duplicates=IIDsDuplicates," +
			"groups=Groups,first-entry=First,last-entry=Last"
	case *StreamInfoFull:
		return "length=Length,radix-tree-keys=RadixTreeKeys,radix-tree-nodes=RadixTreeNodes," +
			"last-generated-id=LastGeneratedID,max-deleted-entry-id=MaxDeletedEntryID,entries-added=EntriesAdded," +
			"recorded-first-entry-id=RecordedFirstEntryID,idmp-duration=IDMPDuration:s,idmp-maxsize=IDMPMaxSize," +
			"pids-tracked=PIDsTracked,iids-tracked=IIDsTracked,iids-added=IIDsAdded,iids-duplicates=IIDsDuplicates," +
			"entries=Entries,groups=Groups"
	case *TDigestSketchInfo:
		return "Compression=Compression,Capacity=Capacity,Merged nodes=MergedNodes,Unmerged nodes=UnmergedNodes," +
			"Merged weight=MergedWeight,Unmerged weight=UnmergedWeight,Observations=Observations," +
			"Total compressions=Compressions,Memory usage=Memory"
	case *TSChunk:
		return "startTimestamp=First,endTimestamp=Last,samples=Samples,size=Size,bytesPerSample=BytesPerSample"
	case *TSSeriesInfo:
		return "totalSamples=Samples,memoryUsage=Memory,firstTimestamp=First,lastTimestamp=Last," +
			"retentionTime=Retention,chunkCount=Chunks,chunkSize=ChunkSize,chunkType=Encoding," +
			"duplicatePolicy=DuplicatePolicy,ignoreMaxTimeDiff=IgnoreWithin,ignoreMaxValDiff=IgnoreBy," +
			"labels=Labels,sourceKey=Source:user,keySelfName=Key:user,rules=Rules,Chunks=ChunkInfo"
	case *TopKListInfo:
		return "k=K,width=Width,depth=Depth,decay=Decay"
	case *TrackingInfo:
		return "flags=Flags,redirect=Redirect,prefixes=Prefixes"
	case *VectorSetInfo:
		return "quant-type=Quantization,hnsw-m=MaxLinks,vector-dim=Dim,projection-input-dim=InputDim,size=Size," +
			"attributes-count=WithAttributes,max-level=MaxLevel,vset-uid=ID,hnsw-max-node-uid=MaxNodeID"
	}
	return ""
}
