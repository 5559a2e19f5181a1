/* Revoked means revoked: logins beside revokeUser(user).
 *
 * A login checks a password (the instant is `began`), calls login() (`called`), writes the entry in the user's index and the
 * record, in one step or in two, and looks at the user's mark. A revocation writes the mark, lists the index and ends what
 * is listed. Each call of the store is a step. With CRASH a process may stop between any two steps. Time moves on between
 * steps (T), and the clock of each process is off by 0 or SKEW.
 *
 * Without any switch the mark holds a random version; a login reads it before it writes its record and again after that, and
 * ends itself when the two differ. README.md names the switches, which show what is needed for that to hold.               */

#ifndef LOGINS
#define LOGINS 1
#endif
#ifndef REVOKES
#define REVOKES 1
#endif
#ifndef SKEW
#define SKEW 0
#endif
#ifndef T
#define T 3
#endif
#ifndef PROPS
#define PROPS 255
#endif
#define P(n, e) assert(!(PROPS & (1 << (n))) || (e))
#define L (LOGINS + 2)                    /* 0 is a session that was there, 1 the one that is spared, the others are logins */

bool alive[L], listed[L], told[L], selfEnded[L];
byte now = 1, nonces, mark, markAt;       /* the version of the mark; 0 is no mark */
byte markPrev, markSpared;                /* the version before it, and the login that this revocation spares */
byte began[L], called[L];                 /* for the properties: the order in which passwords were checked and logins called */
byte revBegan[REVOKES], revEnded[REVOKES]; byte order;
byte done;

#ifdef SPARE_ANY                          /* without asking whether another revocation came before */
#define SPARED(s) (markSpared == (s))
#else
#define SPARED(s) (markSpared == (s) && markPrev == v0)
#endif
#ifdef CRASH
#define MAYSTOP if :: true :: goto stopped fi
#else
#define MAYSTOP skip
#endif

proctype Login(byte s) {
  byte v0, v1, t1, authAt, off, m;
  if :: off = 0 :: SKEW > 0 -> off = SKEW fi;
#ifdef SAME
  done >= REVOKES;                        /* the request itself has revoked before */
  off = 0;
#endif
#ifdef EARLY
  v0 = mark;
#endif
  d_step { order++; began[s] = order; printf("login %d: password checked at %d\n", s, now + off) }
  d_step { order++; called[s] = order; authAt = now + off; printf("login %d: login() at %d\n", s, authAt)
#if !defined(EARLY) && !defined(GAP)
    ; v0 = mark; printf("login %d reads the mark: version %d\n", s, v0)
#endif
  }
#ifdef GAP
  d_step { v0 = mark; printf("login %d reads the mark: version %d\n", s, v0) }
#endif
  MAYSTOP;
#ifdef INDEX_SAME
  d_step { listed[s] = 1; alive[s] = 1; printf("login %d writes its record and index\n", s) }
#else
#ifdef INDEX_LAST
  d_step { alive[s] = 1; printf("login %d writes its record\n", s) }
#else
#ifdef INDEX_AFTER
  d_step { alive[s] = 1; printf("login %d writes its record\n", s) }
  MAYSTOP;
  d_step { listed[s] = 1; printf("login %d writes its index\n", s) }
#else
  d_step { listed[s] = 1; printf("login %d writes its index\n", s) }
  MAYSTOP;
  d_step { alive[s] = 1; printf("login %d writes its record\n", s) }
#ifdef INDEX_AGAIN
  MAYSTOP;
  d_step { listed[s] = 1; printf("login %d writes its index again\n", s) }
#endif
#endif
#endif
#endif
  MAYSTOP;
  d_step { v1 = mark; t1 = markAt; printf("login %d reads the mark: version %d at %d\n", s, v1, t1) }
  MAYSTOP;
  atomic {
#ifdef CLOCK
    if :: v1 > 0 && t1 >= authAt -> alive[s] = 0; selfEnded[s] = 1; printf("login %d ends itself\n", s)
#else
    if :: v1 != v0 && !SPARED(s) -> alive[s] = 0; selfEnded[s] = 1; printf("login %d ends itself\n", s)
#endif
    :: else -> skip
    fi
  }
#ifdef INDEX_LAST
  if :: !selfEnded[s] -> d_step { listed[s] = 1; printf("login %d writes its index\n", s) } :: else fi;
#endif
  told[s] = !selfEnded[s];
stopped:
  done++
}

proctype Revoke(byte r) {
  byte i, off, spared = 255; bool list[L];
  if :: off = 0 :: SKEW > 0 -> off = SKEW fi;
#ifdef SAME
  off = 0;
#endif
#ifdef SPARE                              /* the first revocation comes from the request of the first login, after its login() */
  if :: r == 0 -> called[2] > 0; spared = 2 :: else fi;
#endif
  d_step { order++; revBegan[r] = order }
#ifdef LIST_FIRST
  d_step { i = 0; do :: i < L -> list[i] = listed[i]; i++ :: else -> break od; i = 0; printf("revoke lists\n") }
  d_step { nonces++; mark = nonces; markAt = now + off; printf("revoke writes the mark: version %d at %d\n", mark, markAt) }
#else
  d_step { nonces++; markPrev = mark; mark = nonces; markAt = now + off; markSpared = spared; printf("revoke writes the mark: version %d at %d\n", mark, markAt) }
  d_step { i = 0; do :: i < L -> list[i] = listed[i]; i++ :: else -> break od; i = 0; printf("revoke lists\n") }
#endif
  do
  :: i < L -> if :: list[i] && i != 1 && i != spared && alive[i] -> d_step { alive[i] = 0; listed[i] = 0; printf("revoke ends %d\n", i) }
#ifdef HEAL
              :: list[i] && i != 1 && !alive[i] -> listed[i] = 0
#endif
              :: else fi; i++
  :: else -> break
  od;
  skip;
  d_step { order++; revEnded[r] = order; done++; printf("revoke ends its work\n") }
}

#ifdef LISTER
proctype Lister() {
  byte i; bool seen[L];
  d_step { do :: i < L -> seen[i] = listed[i] && !alive[i]; i++ :: else -> break od; i = 0; printf("a list reads the index\n") }
#ifdef HEAL_AGED
  /* only entries older than any write takes are dropped, and none of these is */
#else
  d_step { do :: i < L -> if :: seen[i] -> listed[i] = 0; printf("the list ends entry %d without a record\n", i) :: else fi; i++ :: else -> break od }
#endif
}
#endif
active proctype Time() { do :: now < T && done < LOGINS + REVOKES -> now++ :: else -> break od }

init {
  byte i, r;
  atomic {
    alive[0] = 1; listed[0] = 1; alive[1] = 1; listed[1] = 1; order = 1; began[0] = 1; called[0] = 1;
    i = 2; do :: i < L -> run Login(i); i++ :: else -> break od;
#ifdef LATER                              /* the revocation comes when all logins and lists are over */
#else
    do :: r < REVOKES -> run Revoke(r); r++ :: else -> break od;
#endif
#ifdef LISTER
    run Lister();
#endif
  }
#ifdef LATER
  atomic { done == LOGINS && _nr_pr <= 2; do :: r < REVOKES -> run Revoke(r); r++ :: else -> break od }
#endif
  done == LOGINS + REVOKES;
  d_step {
    i = 0; r = 0;
    P(1, alive[1] && !alive[0]);                               /* P1: the spared session lives, the other one does not */
    do
    :: i < L -> if
      :: i >= 2 ->
#ifdef SPARE
        P(6, i != 2 || REVOKES < 2 || !(alive[i] && told[i] && called[i] < revBegan[1])); /* P6: it is spared by its own revocation only */
        P(7, i != 2 || REVOKES > 1 || !selfEnded[i]);                                     /* P7: and by that it is */
#else
        P(2, !(alive[i] && told[i] && called[i] < revBegan[0])); /* P2: no login survives that was called before the revocation */
        P(5, !(alive[i] && called[i] < revBegan[0]));          /* P5: not even one whose secret nobody was given */
        P(3, !(alive[i] && told[i] && began[i] < revBegan[0]));           /* P3: nor one whose password was checked before */
#endif
        P(4, !(selfEnded[i] && began[i] > revEnded[0]))        /* P4: no login is refused that began after the revocation */
      :: else fi; i++
    :: else -> break
    od
  }
}
