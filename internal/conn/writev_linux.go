package conn

import (
	"syscall"
	"unsafe"
)

// writev writes pieces, none of them empty, in one system call. It may write less than all bytes.
func writev(fd int, pieces [][]byte) (int, error) {
	var room [16]syscall.Iovec
	list := room[:0]
	for _, piece := range pieces[:min(len(pieces), 1024)] { // the kernel refuses more pieces
		v := syscall.Iovec{Base: unsafe.SliceData(piece)}
		v.SetLen(len(piece))
		list = append(list, v)
	}
	n, _, errno := syscall.Syscall(syscall.SYS_WRITEV, uintptr(fd),
		uintptr(unsafe.Pointer(unsafe.SliceData(list))), uintptr(len(list)))
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}
