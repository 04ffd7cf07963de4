package resp

// EnterArray takes the header of the array that comes next, so that Next returns each of its n elements as a
// frame: a long array need not fit in memory. ok is false if the header is incomplete or the next value is
// not an array; see Peek. For a null array n is -1, and Next returns the null.
//
// After a Next that found its frame incomplete, ok is false until Next has returned this frame. The limits of
// [Limits] hold for the header and for each element.
func (r *Reader) EnterArray() (n int, ok bool, err error) {
	if err := r.broken(); err != nil {
		return 0, false, err
	}
	if r.scan.busy || r.r == r.w || Kind(r.buf[r.r]) != KindArray {
		return 0, false, nil
	}
	n, size, err := r.scan.header(r.buf[r.r:r.w])
	if err != nil || size == 0 {
		return 0, false, err
	}
	if n >= 0 {
		r.r += size
	}
	return n, true, nil
}

// header reads the header of an array at the start of b; size is 0 if it is incomplete. The scanner must be
// between two frames, and stays there.
func (s *Scanner) header(b []byte) (n, size int, err error) {
	if s.frame == 0 {
		s.Init(Limits{})
	}
	cr, fault := s.line(b, 0)
	s.seen, s.need = 0, 0
	if fault == nil && cr == 0 {
		return 0, 0, nil
	}
	if fault == nil {
		line := b[1:cr]
		if string(line) == "-1" {
			return -1, cr + 2, nil
		}
		n, fault = s.aggregate(0, cr+2, KindArray, line)
		if fault == nil {
			return n, cr + 2, nil
		}
	}
	_, err = s.fail(fault)
	return 0, 0, err
}
