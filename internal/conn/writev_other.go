//go:build unix && !linux

package conn

import "syscall"

// writev writes pieces one after the other. It may write less than all bytes.
func writev(fd int, pieces [][]byte) (int, error) {
	all := 0
	for _, piece := range pieces {
		n, err := syscall.Write(fd, piece)
		if n > 0 {
			all += n
		}
		if n < len(piece) && all > 0 {
			return all, nil
		}
		if err != nil {
			return 0, err
		}
	}
	return all, nil
}
