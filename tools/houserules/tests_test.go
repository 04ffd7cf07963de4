package main

import "testing"

func TestFoldersWithoutTestMain(t *testing.T) {
	t.Parallel()
	const fixture = `package a; import "example.org/redpoll/internal/testkit"`
	tests := []struct {
		name  string
		files map[string]string
		want  int
	}{
		{"fixture without TestMain", map[string]string{"a/a_test.go": fixture}, 1},
		{"fixture in several files", map[string]string{"a/a_test.go": fixture, "a/b_test.go": fixture}, 1},
		{"fixture and TestMain",
			map[string]string{"a/a_test.go": fixture, "a/b_test.go": `package a; func TestMain() {}`}, 0},
		{"TestMain of another folder",
			map[string]string{"a/a_test.go": fixture, "b/b_test.go": `package a; func TestMain() {}`}, 1},
		{"method TestMain", map[string]string{"a/a_test.go": fixture + `; func (T) TestMain() {}`}, 1},
		{"no fixture", map[string]string{"a/a_test.go": `package a; import "testing"`}, 0},
		{"fixture outside of tests", map[string]string{"a/a.go": fixture}, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			folders := make(testFolders)
			for name, code := range test.files {
				if _, err := checkFile(name, []byte(code), folders); err != nil {
					t.Fatal(err)
				}
			}
			if found := folders.findings(); len(found) != test.want {
				t.Errorf("found %v, want %d", found, test.want)
			}
		})
	}
}
