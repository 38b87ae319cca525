package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holdfast/internal/atlassian"
	"holdfast/internal/atlassian/confluence"
	"holdfast/internal/atlassian/jira"
	"holdfast/internal/backup"
	"holdfast/internal/message"
	"holdfast/internal/restore"
	"holdfast/internal/samplesite"
)

// elsewhere is the name under which workers know the account at a destination.
const elsewhere = "elsewhere"

// spec is that of a restore of all of a backup into a site.
func (s *stack) spec(backupID string, to *samplesite.Site) restore.Spec {
	return restore.Spec{
		ID: restore.NewID(backupID, time.Now()), BackupID: backupID, PolicyID: s.policy, Product: s.product,
		From: backup.FromStore, Site: to.URL(), Credential: elsewhere,
	}
}

// restoreTo restores a backup into a site, compares, and returns what became of it.
func (s *stack) restoreTo(to *samplesite.Site, backupID string, change ...func(*message.RestoreInput)) message.RestoreView {
	s.t.Helper()
	return s.restored(s.beginRestore(to, backupID, change...))
}

// beginRestore starts a restore that is applied at once and compared.
func (s *stack) beginRestore(to *samplesite.Site, backupID string, change ...func(*message.RestoreInput)) string {
	s.t.Helper()
	in := message.RestoreInput{Spec: s.spec(backupID, to), Limits: s.limits, By: "tester", Apply: true, Compare: true}
	for _, f := range change {
		f(&in)
	}
	_, err := s.client.ExecuteWorkflow(s.ctx(), message.RestoreStart(in), message.RestoreWorkflow, in)
	require.NoError(s.t, err)
	return in.Spec.ID
}

// restored waits for the end of a restore.
func (s *stack) restored(id string) message.RestoreView {
	s.t.Helper()
	_ = s.client.GetWorkflow(s.ctx(), message.RestoreID(id), "").Get(s.ctx(), nil)
	var view message.RestoreView
	require.EventuallyWithT(s.t, func(c *assertT) {
		var err error
		view, err = message.ShowRestore.Ask(s.ctx(), s.client, message.RestoreID(id))
		require.NoError(c, err)
		require.True(c, view.Status.Ended(), "%s", view.Status)
	}, time.Minute, 100*time.Millisecond)
	if view.Score == nil || !view.Score.Perfect() {
		s.explain(id)
	}
	return view
}

// requireWhole says that a restore brought everything back that the API can write, once.
func (s *stack) requireWhole(view message.RestoreView) {
	s.t.Helper()
	require.Equal(s.t, restore.Complete, view.Status, view.Reason)
	require.NotNil(s.t, view.Score)
	require.True(s.t, view.Score.Perfect(), "%+v", *view.Score)
}

// countsOf counts what a site holds by kind, as a capture of it does; versions and history
// are left out, which tell how often something was written.
func (s *stack) countsOf(site *samplesite.Site) map[string]int {
	s.t.Helper()
	return captured(s.t, s.product, site)
}

// TestKilledRestore states T5: the worker is killed (-9) at random requests to the
// destination, before or after they have taken effect there, and started again. What is there
// at the end is what an uninterrupted restore brings, and nothing is there twice.
func TestKilledRestore(t *testing.T) {
	t.Parallel()
	sites, kills := 1, 2
	if os.Getenv("HOLDFAST_LONG") != "" {
		sites, kills = 3, 10
	}
	for product, config := range map[backup.Product]samplesite.Config{
		backup.Jira:       restoredSite(40, 12),
		backup.Confluence: {Wiki: samplesite.DemoWiki(40, 12), Rate: fast},
	} {
		for n := range sites {
			t.Run(fmt.Sprintf("%s, site %d", product, n+1), func(t *testing.T) {
				t.Parallel()
				killRestore(setUp(t, config).of(product), kills)
			})
		}
	}
}

// killRestore kills the worker so often in one restore.
func killRestore(s *stack, kills int) {
	t := s.t
	s.plain = true // many deaths; races of worker processes are looked for in TestCluster
	s.limits.Heartbeat = 3 * time.Second
	capturing := s.startHost()
	s.createPolicy()
	row := s.run()
	require.Equal(t, backup.Complete, row.Status, row.Reason)
	require.NoError(t, capturing.Stop()) // from here on worker processes do all

	undisturbed := s.emptySite(row.ID)
	first := s.startWorkerFor(undisturbed)
	s.requireWhole(s.restoreTo(undisturbed, row.ID))
	first.kill()
	asked := writes(undisturbed)
	want := s.countsOf(undisturbed)

	disturbed := s.emptySite(row.ID)
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 2))
	t.Logf("%d writes undisturbed, %d kills, seed %d", asked, kills, seed)
	death := reaper{t: t, s: s, site: disturbed}
	for range kills {
		death.at = append(death.at, 1+random.IntN(asked))
	}
	slices.Sort(death.at)
	death.start()
	id := s.beginRestore(disturbed, row.ID)
	s.requireWhole(s.restored(id))
	require.Equal(t, kills, death.killed())
	require.Equal(t, want, s.countsOf(disturbed), "what is there is what an uninterrupted restore brings")
}

// reaper kills the worker at requests of a site.
type reaper struct {
	t    *testing.T
	s    *stack
	site *samplesite.Site
	at   []int // the writes, counted from 1, at which it is killed

	mu     sync.Mutex
	worker *process // nil while it dies and until another one is there
	seen   int
	deaths int
}

func (d *reaper) start() {
	d.mu.Lock()
	d.worker = d.s.startWorkerFor(d.site)
	d.mu.Unlock()
	for _, method := range []string{"POST", "PUT", "DELETE"} {
		d.site.Inject(samplesite.Rule{Method: method, Effect: samplesite.Effect{Do: d.write}})
	}
}

// write counts a write of the destination, and kills the worker where its time has come; the
// write takes effect all the same, and every second time when the worker is dead.
func (d *reaper) write() {
	switch dead, nth := d.due(); {
	case dead == nil:
	case nth%2 == 0:
		d.replace(dead)
	default:
		go d.replace(dead) // the reply is on its way
	}
}

// due counts a write and returns the worker, where it is to die now, and the how many-th that is.
func (d *reaper) due() (*process, int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.seen++
	if d.worker == nil || len(d.at) == 0 || d.at[0] > d.seen {
		return nil, 0
	}
	dead := d.worker
	d.at, d.worker = d.at[1:], nil
	d.deaths++
	return dead, d.deaths
}

func (d *reaper) replace(dead *process) {
	dead.kill()
	next := d.s.startWorkerFor(d.site)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.worker = next
}

func (d *reaper) killed() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.deaths
}

// startWorkerFor starts a worker process that knows the account at a destination too.
func (s *stack) startWorkerFor(site *samplesite.Site) *process {
	s.t.Helper()
	s.also = map[string]map[string]string{elsewhere: {"email": site.Email(), "token": site.Token()}}
	return s.startWorker("scratch")
}

// writes is how many requests a site has had that change something.
func writes(site *samplesite.Site) int {
	n := 0
	for kind, count := range site.Counts().Requests {
		if !strings.HasPrefix(kind, "GET ") {
			n += count
		}
	}
	return n
}

// captured counts what a capture of a site holds, by kind.
func captured(t *testing.T, product backup.Product, site *samplesite.Site) map[string]int {
	t.Helper()
	client, err := atlassian.New(atlassian.Config{
		Site: site.URL(), Credential: atlassian.Credential{Name: elsewhere, Email: site.Email(), Token: site.Token()},
	})
	require.NoError(t, err)
	var p atlassian.Product = jira.New(client)
	if product == backup.Confluence {
		p = confluence.New(client, confluence.Options{})
	}
	counts := map[string]int{}
	emit := func(i atlassian.Item) error {
		switch i.Kind {
		case "changelog", "contentVersion", "commentVersion", "user": // they tell how often something was written, and by whom
		default:
			counts[i.Kind]++
		}
		return nil
	}
	_, err = p.ExportSite(t.Context(), emit)
	require.NoError(t, err)
	require.NoError(t, p.Containers(t.Context(), func(containers []atlassian.Container) error {
		for _, c := range containers {
			if _, err := p.ExportContainer(t.Context(), c, emit); err != nil {
				return err
			}
			if _, err := p.Census(t.Context(), c, func(ids []string) error {
				for chunk := range slices.Chunk(ids, 50) {
					if _, err := p.ExportItems(t.Context(), c, chunk, func(string) bool { return false }, emit); err != nil {
						return err
					}
				}
				return nil
			}); err != nil {
				return err
			}
		}
		return nil
	}))
	return counts
}
