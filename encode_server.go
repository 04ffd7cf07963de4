package redpoll

// putModuleConfig writes settings of a module; the words are counted.
func putModuleConfig(e *encoder, list []ModuleConfig) {
	e.N += 3 * len(list)
	for i := range list {
		e.Word("CONFIG")
		e.Word(list[i].Name)
		e.Word(list[i].Value)
	}
}

// putHotKeyMetrics writes how many metrics follow, and their names; all but the first
// word are counted.
func putHotKeyMetrics(e *encoder, argument string, m HotKeyMetrics) {
	n := int64(m&HotKeysCPU/HotKeysCPU + m&HotKeysNet/HotKeysNet)
	if n == 0 || m&^(HotKeysCPU|HotKeysNet) != 0 {
		e.Fail(argument, "must be HotKeysCPU, HotKeysNet or both, joined with |")
		return
	}
	e.Int(n)
	e.N += int(n)
	if m&HotKeysCPU != 0 {
		e.Word("CPU")
	}
	if m&HotKeysNet != 0 {
		e.Word("NET")
	}
}
