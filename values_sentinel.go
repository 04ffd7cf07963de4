package redpoll

import "time"

// SentinelState is what a Sentinel knows of a master, of a replica or of another Sentinel. Which fields are set depends on
// which of them it is; others are zero.
type SentinelState struct {
	// Name is that of the service for a master, and one made of the address, or the run ID, for others.
	Name string
	// Addr is where it listens.
	Addr Address
	// RunID is the server's own name for its running process, empty while it is not known.
	RunID string
	// Flags are "master", "slave", "sentinel", "s_down", "o_down", "disconnected", "failover_in_progress" and others. The
	// fields that begin with Is are made of them.
	Flags []string
	// IsMaster, IsReplica and IsSentinel say what it is.
	IsMaster, IsReplica, IsSentinel bool
	// IsSDown says that this Sentinel thinks it is down, IsODown that enough Sentinels do.
	IsSDown, IsODown bool
	// IsDisconnected says that this Sentinel has no connection to it.
	IsDisconnected bool
	// IsMasterDown says that this other Sentinel thinks the master is down.
	IsMasterDown bool
	// LinkPendingCommands is the number of commands that are not answered yet, LinkRefCount that of services which share
	// the connection.
	LinkPendingCommands, LinkRefCount int64
	// LastPingSent is how long ago the PING was sent that is not answered yet, 0 when there is none.
	LastPingSent time.Duration
	// LastOKPingReply is the time since the last good answer to PING, LastPingReply that since any answer.
	LastOKPingReply, LastPingReply time.Duration
	// SDownTime and ODownTime are for how long it is down, 0 when it is not.
	SDownTime, ODownTime time.Duration
	// DownAfter is the silence after which it counts as down.
	DownAfter time.Duration
	// InfoRefresh is the time since its last answer to INFO.
	InfoRefresh time.Duration
	// RoleReported is the role in that answer, "master" or "slave", and RoleReportedTime is for how long it says so.
	RoleReported     string
	RoleReportedTime time.Duration

	// ConfigEpoch is the epoch of the master's configuration.
	ConfigEpoch int64
	// NumReplicas and NumOtherSentinels are how many the master has.
	NumReplicas, NumOtherSentinels int64
	// Quorum is how many Sentinels must agree that the master is down.
	Quorum int64
	// FailoverTimeout bounds each step of a failover.
	FailoverTimeout time.Duration
	// ParallelSyncs is how many replicas follow a new master at a time.
	ParallelSyncs int64
	// FailoverState is the step of a running failover, empty without one.
	FailoverState string

	// Master is where the replica's master listens, the zero Address if it does not say.
	Master Address
	// MasterLinkStatus is "ok" or "err", and MasterLinkDownTime is for how long.
	MasterLinkStatus   string
	MasterLinkDownTime time.Duration
	// ReplicaPriority is the replica's rank for a failover: the lowest is taken, 0 never.
	ReplicaPriority int64
	// ReplicaOffset is how far the replica's copy of the data is.
	ReplicaOffset int64

	// LastHello is the time since the last message of the other Sentinel.
	LastHello time.Duration
	// VotedLeader is the Sentinel that it voted for, "?" for none, in VotedLeaderEpoch.
	VotedLeader      string
	VotedLeaderEpoch int64
	// Extra are the fields that redpoll does not know, nil if there are none.
	Extra map[string]Value
}

// MasterDown is what a Sentinel thinks of a master.
type MasterDown struct {
	// Down says that the Sentinel thinks the master is down.
	Down bool
	// Leader is the run ID of the Sentinel that this one has voted for in LeaderEpoch; empty when no vote was asked for.
	Leader      string
	LeaderEpoch int64
}

// CachedInfo is an answer to INFO that a Sentinel keeps.
type CachedInfo struct {
	// Age is the time since the answer.
	Age time.Duration
	// Info is its text, empty when there was none yet.
	Info string
}

// SentinelScript is a notification script that runs or waits.
type SentinelScript struct {
	// Argv are the script and its arguments.
	Argv []string
	// Flags are "running" or "scheduled".
	Flags string
	// PID is the process, 0 if it does not run.
	PID int64
	// RunTime is for how long it runs, RunDelay in how long it shall be started; one of both is 0.
	RunTime, RunDelay time.Duration
	// Retries is how often it was started.
	Retries int64
	// Extra are the fields that redpoll does not know, nil if there are none.
	Extra map[string]Value
}

// SentinelCrash is a point of a failover at which SentinelSimulateFailure makes a Sentinel exit.
type SentinelCrash uint8

// The points of a failover.
const (
	// CrashAfterElection is after the Sentinel was elected leader.
	CrashAfterElection SentinelCrash = iota
	// CrashAfterPromotion is after it has promoted a replica.
	CrashAfterPromotion
)

var sentinelCrashWords = [...]string{CrashAfterElection: "CRASH-AFTER-ELECTION", CrashAfterPromotion: "CRASH-AFTER-PROMOTION"}
