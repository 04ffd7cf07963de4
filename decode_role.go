package redpoll

// decodeACLRole reads the reply of ACL GETROLE.
func decodeACLRole(d *reply, v *ACLRole) error {
	if d.Null() {
		return Nil
	}
	selectors := listInto(func(n int) { v.Selectors = make([]ACLSelector, n) },
		func(d *reply, i int) error { return decodeACLSelector(d, &v.Selectors[i]) })
	v.AllDatabases = true
	// Drafts of the command said members where the release says users.
	err := fillNamed(d, &v.Extra, append(v.slots(), slot{"selectors", selectors}, slot{"users", &v.Users}, slot{"members", &v.Users}))
	v.sort()
	return err
}
