package main

import "time"

// report is the result of a run, in the form of -json.
type report struct {
	Started  time.Time         `json:"started"`
	Machine  machine           `json:"machine"`
	Server   string            `json:"server"`
	Versions map[string]string `json:"versions"` // by module path
	// of the rows whose name ends in -spin; all others do not spin
	Spin       string            `json:"spin"`
	Base       string            `json:"base"`  // the base peer of the ratios
	Slice      string            `json:"slice"` // shortest length of a slice
	Ballast    int               `json:"ballast_bytes"`
	Notes      map[string]string `json:"notes"` // by peer
	Placements []placementReport `json:"placements"`
}

type machine struct {
	OS     string `json:"os"`
	Arch   string `json:"arch"`
	CPU    string `json:"cpu,omitempty"`
	CPUs   int    `json:"cpus"`
	Go     string `json:"go"`
	Load   string `json:"load,omitempty"` // load average at the start
	Kernel string `json:"kernel,omitempty"`
}

type placementReport struct {
	Name       string       `json:"name"`
	Title      string       `json:"title"`
	ClientCPUs []int        `json:"client_cpus,omitempty"` // none: any
	ServerCPUs []int        `json:"server_cpus,omitempty"`
	MaxProcs   int          `json:"gomaxprocs"`
	TLS        bool         `json:"tls,omitempty"`
	Rounds     int          `json:"rounds"`
	Seconds    float64      `json:"seconds"`
	Cells      []cellReport `json:"cells"`
	Idle       []idleReport `json:"idle"`
}

// cellReport is one workload with one number of callers.
type cellReport struct {
	Workload string       `json:"workload"`
	Title    string       `json:"title"`
	Callers  int          `json:"callers"`
	Large    bool         `json:"large,omitempty"` // a workload of -large
	Peers    []peerReport `json:"peers"`
}

// peerReport is one peer's part of a cell. The ratios are the base's figure over this peer's: CPUx below 1
// and OpsX above 1 are good for the base.
type peerReport struct {
	Peer   string        `json:"peer"`
	Ops    int64         `json:"ops"` // operations behind the figures
	CPU    spread        `json:"cpu_us_per_op"`
	Rate   spread        `json:"ops_per_second"`
	CPUx   *spread       `json:"cpu_x,omitempty"` // nil for the base itself
	OpsX   *spread       `json:"ops_x,omitempty"`
	Allocs float64       `json:"allocs_per_op"`
	Bytes  float64       `json:"bytes_per_op"`
	P50    time.Duration `json:"p50_ns"` // for the floor, a round trip of the whole batch
	P99    time.Duration `json:"p99_ns"`
}

// idleReport is the memory of a used, idle client.
type idleReport struct {
	Peer       string  `json:"peer"`
	HeapBytes  float64 `json:"heap_bytes"`
	Goroutines float64 `json:"goroutines"`
}

func (c *cellReport) find(name string) *peerReport {
	for i := range c.Peers {
		if c.Peers[i].Peer == name {
			return &c.Peers[i]
		}
	}
	return nil
}
