package main

import "fmt"

// floor is the row without a client: one loop writes as many prepared requests as there are callers, in one
// write, and reads until all replies have come. A client for concurrent callers cannot cost less than this
// plus the time to wake its callers.
type floor struct {
	wire   *wire
	batch  []byte
	writes int // writes per batch: more than one for large requests
	// replies is the number of bytes of the replies to the batch. Every reply has the same length: counters
	// start with enough digits.
	replies int
	calls   int
	scratch []byte
}

func openFloor(s setting, w workload, data *dataset, callers int) (*floor, error) {
	conn, err := dialWire(s.addr, s.tls)
	if err != nil {
		return nil, err
	}
	request := appendRequest(nil, w.request(data))
	if _, err := conn.conn.Write(request); err != nil {
		return nil, err
	}
	_, size, err := readReply(conn.buf)
	if err != nil {
		return nil, fmt.Errorf("floor: %w", err)
	}
	f := &floor{wire: conn, writes: 1, calls: callers, replies: callers * size, scratch: make([]byte, 64<<10)}
	if len(request) > len(f.scratch) {
		f.batch, f.writes = request, callers
		return f, nil
	}
	for range callers {
		f.batch = append(f.batch, request...)
	}
	return f, nil
}

// step is one round trip of the whole batch.
func (f *floor) step(int) (int, error) {
	// Large replies to many requests do not fit the socket buffers; the server keeps them in memory until
	// they are read, so the loop cannot stall.
	for range f.writes {
		if _, err := f.wire.conn.Write(f.batch); err != nil {
			return 0, err
		}
	}
	for missing := f.replies; missing > 0; {
		n, err := f.wire.conn.Read(f.scratch)
		if err != nil {
			return 0, err
		}
		missing -= n
		if missing < 0 {
			return 0, fmt.Errorf("floor: the server sent %d bytes more than it should", -missing)
		}
	}
	return f.calls, nil
}

func (f *floor) close() error { return f.wire.close() }
