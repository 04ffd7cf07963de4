// Command size measures the cost of importing redpoll: the packages that a program compiles, the size of
// their archives, and the size of the executable, compared with the same small program for other clients; and
// the compile time, compared with pgx.
//
// It fails if a program that only imports redpoll compiles a package that belongs neither to redpoll nor to
// the standard library, or if a budget is exceeded:
//
//	go run ./size [-archive 20] [-growth 3] [-rebuild 2.5] [-clean]
//
// With -clean it also times builds from an empty build cache, which have no budget.
//
// Run it in the directory of the bench module.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"text/tabwriter"
)

// program is one of the small programs in testdata, with its module.
type program struct {
	name   string
	module string
}

// The first two are for the budgets; the others are for comparison.
var programs = []program{
	{"redpoll", "github.com/redpoll-go/redpoll"},
	{"redigo", "github.com/gomodule/redigo"},
	{"goredis", "github.com/redis/go-redis/v9"},
	{"rueidis", "github.com/redis/rueidis"},
}

// cost is the cost of a program's client.
type cost struct {
	packages int      // packages of the client's own module
	foreign  []string // packages of other modules
	archive  int64    // bytes of the archives of all these packages
	root     int64    // bytes of the archive of the root package
	binary   int64    // bytes of the executable
}

const megabyte = 1e6

func main() {
	archive := flag.Float64("archive", 20, "budget for the archive of redpoll's root package, in MB")
	growth := flag.Float64("growth", 3, "budget for the growth of the executable against redigo's, in MB")
	times := flag.Float64("rebuild", 2.5,
		"budget for the time to compile redpoll with all that comes with it, in times that of pgx")
	rounds := flag.Int("rounds", 3, "how often that is compiled; 0 leaves this out")
	cold := flag.Bool("clean", false,
		"also time builds from an empty build cache, the standard library included; takes a minute")
	flag.Parse()
	err := run(os.Stdout, *archive, *growth)
	if *rounds > 0 {
		err = errors.Join(err, rebuild(os.Stdout, *rounds, *times))
	}
	if *cold {
		err = errors.Join(err, clean(os.Stdout))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "size:", err)
		os.Exit(1)
	}
}

func run(out io.Writer, archiveBudget, growthBudget float64) error {
	costs := map[string]cost{}
	for _, p := range programs {
		c, err := p.measure()
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		costs[p.name] = c
	}
	if err := writeCosts(out, costs); err != nil {
		return err
	}
	return check(costs, archiveBudget, growthBudget)
}

func writeCosts(out io.Writer, costs map[string]cost) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t,
		"program\tpackages\tforeign packages\tarchives MB\troot MB\texecutable MB\t"+
			"growth against redigo MB\t")
	for _, p := range programs {
		c := costs[p.name]
		fmt.Fprintf(t, "%s\t%d\t%d\t%.2f\t%.2f\t%.2f\t%+.2f\t\n", p.name, c.packages, len(c.foreign),
			inMB(c.archive), inMB(c.root), inMB(c.binary), inMB(c.binary-costs["redigo"].binary))
	}
	return t.Flush()
}

func inMB(bytes int64) float64 { return float64(bytes) / megabyte }

// check lists every broken promise.
func check(costs map[string]cost, archiveBudget, growthBudget float64) error {
	ours := costs["redpoll"]
	var errs []error
	if len(ours.foreign) > 0 {
		errs = append(errs, fmt.Errorf("importing redpoll compiles third-party packages: %s",
			strings.Join(ours.foreign, ", ")))
	}
	if size := inMB(ours.root); size > archiveBudget {
		errs = append(errs, fmt.Errorf("a root package of %.2f MB exceeds %.2f MB", size, archiveBudget))
	}
	if size := inMB(ours.binary - costs["redigo"].binary); size > growthBudget {
		errs = append(errs, fmt.Errorf("an executable %.2f MB larger than redigo's exceeds %.2f MB", size,
			growthBudget))
	}
	return errors.Join(errs...)
}

// measure lists and builds one program.
func (p program) measure() (cost, error) {
	source := "./" + filepath.ToSlash(filepath.Join("size", "testdata", p.name))
	list, err := goTool("list", "-export", "-deps", "-json=ImportPath,Standard,Export,Module", source)
	if err != nil {
		return cost{}, err
	}
	c, err := p.read(bytes.NewReader(list), func(file string) (int64, error) {
		info, err := os.Stat(file)
		if err != nil {
			return 0, err
		}
		return info.Size(), nil
	})
	if err != nil {
		return cost{}, err
	}
	dir, err := os.MkdirTemp("", "redpoll-size-")
	if err != nil {
		return cost{}, err
	}
	defer os.RemoveAll(dir)
	binary := filepath.Join(dir, p.name)
	if _, err := goTool("build", "-o", binary, source); err != nil {
		return cost{}, err
	}
	info, err := os.Stat(binary)
	if err != nil {
		return cost{}, err
	}
	c.binary = info.Size()
	return c, nil
}

// read adds up the output of `go list` about the packages of one program.
func (p program) read(list io.Reader, sizeOf func(file string) (int64, error)) (cost, error) {
	var c cost
	for d := json.NewDecoder(list); ; {
		var pkg struct {
			ImportPath string
			Standard   bool
			Export     string
			Module     *struct{ Path string }
		}
		if err := d.Decode(&pkg); errors.Is(err, io.EOF) {
			return c, nil
		} else if err != nil {
			return c, fmt.Errorf("read the list of packages: %w", err)
		}
		if pkg.Standard || strings.HasSuffix(pkg.ImportPath, "/testdata/"+p.name) {
			continue
		}
		if pkg.Module != nil && pkg.Module.Path == p.module {
			c.packages++
		} else {
			c.foreign = append(c.foreign, pkg.ImportPath)
		}
		size, err := sizeOf(pkg.Export)
		if err != nil {
			return c, err
		}
		c.archive += size
		if pkg.ImportPath == p.module {
			c.root = size
		}
	}
}

func goTool(args ...string) ([]byte, error) {
	var stderr bytes.Buffer
	cmd := exec.Command("go", args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go %s: %w\n%s", args[0], err, stderr.String())
	}
	return out, nil
}
