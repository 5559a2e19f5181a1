/** A model with its switches, and what a search of it must come to. */
export interface Configuration {
  readonly model: "secret" | "mark" | "copy" | "two-records"
  readonly flags: string
  /** `holds`: searched to the end, and no property is broken. `breaks`: a counterexample is found. */
  readonly verdict: "holds" | "breaks"
  readonly why: string
}

function all(
  model: Configuration["model"],
  verdict: Configuration["verdict"],
  ...rows: readonly (readonly [flags: string, why: string])[]
): Configuration[] {
  return rows.map(([flags, why]) => ({ model, flags, verdict, why }))
}

export const configurations: readonly Configuration[] = [
  ...all(
    "two-records",
    "breaks",
    ["-DN=2 -DALLOW=10 -DFIFO -DPROPS=2", "the control: a late writer beside a rotation signs out"],
    ["-DN=2 -DALLOW=18 -DUSER=0 -DFIFO -DPROPS=2", "the control: and so it does beside a login"],
    ["-DN=3 -DALLOW=11 -DFIFO -DPROPS=4", "the control: an acknowledged write is in no session"],
  ),

  // The rules.
  ...all(
    "secret",
    "holds",
    ["-DN=4 -DALLOW=7 -DLOSE=7", "reads, writes and renewals, responses lost or in any order"],
    ["-DN=3 -DALLOW=7 -DLOSE=7 -DTICKS=2 -DROLLBACK", "the same with a browser that crashes"],
    ["-DN=4 -DALLOW=23", "with logins of the same user, in any order"],
    ["-DN=4 -DALLOW=21 -DTICKS=2", "the same while the session that a login leaves comes to its end"],
    ["-DN=4 -DALLOW=27", "with rotations and logins, no renewals, in any order"],
    ["-DN=4 -DALLOW=55 -DUSER=0 -DTICKS=0", "logins from an anonymous session, of two users, in any order"],
    ["-DN=4 -DALLOW=5 -DTICKS=2 -DTHIEF -DPROPS=16", "a stolen copy is not kept open for ever"],
    ["-DN=3 -DFIFO", "everything, responses in the order of the commits"],
    ["-DN=3 -DFIFO -DUSER=0", "everything, from an anonymous session"],
    ["-DN=3 -DALLOW=72 -DMUST_END -DPROPS=128", "a logout ends the session, whatever rotates it meanwhile"],
  ),

  // What no rule can mend with one cookie: a response that is overtaken or lost.
  ...all(
    "secret",
    "breaks",
    ["-DN=2 -DALLOW=12", "a renewal's response after a rotation's"],
    ["-DN=2 -DALLOW=8 -DLOSE=8", "a rotation's response is lost"],
    [
      "-DN=2 -DALLOW=34 -DEMPTY -DVISITORS -DFIFO",
      "two visitors' requests without a cookie, of which one signs in",
    ],
    [
      "-DN=3 -DALLOW=7 -DLOSE=7 -DSLOW -DPROPS=1",
      "a request that takes longer than the grace raises a false alarm",
    ],
  ),

  // Each rule left out.
  ...all(
    "secret",
    "breaks",
    ["-DN=3 -DALLOW=7 -DLOSE=7 -DTIME -DPROPS=2", "time closes a superseded secret, not use: signed out"],
    ["-DN=3 -DALLOW=7 -DLOSE=7 -DTIME -DPROPS=1", "and a false alarm"],
    ["-DN=3 -DALLOW=7 -DFIRSTUSE -DROLLBACK -DPROPS=2", "the first use closes it at once"],
    ["-DN=4 -DALLOW=7 -DMADE -DLOSE=7", "the grace counts from when the new secret was made"],
    [
      "-DN=5 -DALLOW=5 -DTICKS=2 -DTHIEF -DPROPS=16 -DRESTAMP",
      "the grace begins anew with each forward, so that a thief keeps it open",
    ],
    ["-DN=3 -DALLOW=7 -DRENEW_TWICE", "a superseded secret is renewed too"],
    ["-DN=3 -DALLOW=7 -DRENEW_TWICE -DPREV_PRESENTED", "and remembered as the one before"],
    ["-DN=3 -DALLOW=7 -DRENEW_ANY", "renewed while the secret before is open"],
    ["-DN=3 -DALLOW=15 -DFORWARD_AT_LOAD -DFIFO", "the cookie is decided at the load"],
    ["-DN=3 -DFIFO -DLOUD", "only a secret that is remembered as cut is quiet"],
    ["-DN=3 -DALLOW=15 -DFIFO -DLOUD -DONE_PREV", "and only the last one is remembered"],
    ["-DN=3 -DALLOW=82 -DFIFO -DNO_TOMB", "an end leaves no tombstone"],
    ["-DN=3 -DALLOW=26 -DLASTKIND", "the last change is compared, not the generation"],
    ["-DN=2 -DALLOW=8 -DROTATE_TWICE", "a rotation with a secret that is cut makes another one"],
    ["-DN=3 -DALLOW=7 -DLOSE=7 -DTICKS=2 -DOWN_USE", "a request's own second write counts as a use"],
    ["-DN=3 -DALLOW=20 -DLEFT_AT_ONCE", "the session that a login leaves ends at once"],
    ["-DN=3 -DALLOW=20 -DLOGIN_OPEN", "a login goes into a record whose renewal is under way"],
    ["-DN=2 -DALLOW=24 -DLOGIN_INTO", "a login goes into the record whatever its secret is by now"],
    ["-DN=2 -DALLOW=16 -DLOGIN_RETAKE", "a login takes back a record that another one has signed in to"],
    [
      "-DN=3 -DALLOW=82 -DREVIVE_DATA -DPROPS=128",
      "a login takes along the data of a session that has ended",
    ],
    ["-DN=3 -DALLOW=72 -DONE_PREV -DMUST_END -DPROPS=128", "a logout with a secret cut twice ends nothing"],
    ["-DN=3 -DALLOW=72 -DLOGOUT_OWN -DMUST_END -DPROPS=128", "a logout with a secret cut once ends nothing"],
    ["-DN=3 -DALLOW=36 -DCREATE_FIRST -DFIFO", "another user's session is created before the old one ends"],
    ["-DN=3 -DALLOW=52 -DUSER=0 -DRENEW_ANON", "an anonymous session is renewed"],
    ["-DN=3 -DALLOW=40 -DUSER=0 -DKEEP_ANON -DFIFO", "an anonymous session that can't be taken over stays"],
  ),

  // Revocations.
  ...all(
    "mark",
    "holds",
    ["-DINDEX_SAME -DPROPS=22 -DSKEW=2 -DCRASH", "index and record in one step, clocks apart, crashes"],
    ["-DPROPS=22 -DSKEW=2 -DCRASH", "the index before the record"],
    ["-DPROPS=22 -DINDEX_AFTER", "the index after the record, before the second look at the mark"],
    ["-DINDEX_SAME -DPROPS=16 -DSAME", "one request revokes, then signs in"],
    ["-DINDEX_SAME -DPROPS=8 -DEARLY", "the mark is taken before the password is checked"],
    ["-DPROPS=38 -DLISTER -DLATER -DHEAL_AGED -DCRASH", "a list drops old entries only"],
    ["-DINDEX_SAME -DSPARE -DPROPS=144", "a revocation spares the login whose request asked for it"],
    ["-DSPARE -DREVOKES=2 -DPROPS=64 -DCRASH", "and it survives no other revocation by that"],
  ),
  ...all(
    "mark",
    "breaks",
    ["-DINDEX_SAME -DPROPS=4 -DCLOCK -DSKEW=1", "instants are compared, and clocks differ"],
    ["-DINDEX_SAME -DPROPS=16 -DCLOCK", "instants are compared, and two things happen in one"],
    ["-DINDEX_SAME -DPROPS=16 -DCLOCK -DSAME", "and both in one request"],
    ["-DINDEX_SAME -DPROPS=4 -DGAP", "the first look at the mark comes a while after login()"],
    ["-DINDEX_SAME -DPROPS=8", "the mark is not taken before the password is checked"],
    ["-DPROPS=6 -DINDEX_LAST", "the index after the second look at the mark"],
    ["-DPROPS=6 -DLIST_FIRST", "the list before the mark is changed"],
    ["-DPROPS=6 -DLISTER -DLATER", "a list drops young entries"],
    ["-DPROPS=32 -DCRASH", "a crash leaves a session whose secret nobody was given"],
    [
      "-DSPARE -DSPARE_ANY -DREVOKES=2 -DPROPS=64",
      "a spared login survives another revocation that came before",
    ],
  ),

  // Near copies.
  ...all("copy", "holds", ["-DLOST -DENDS -DSTALE=1", "invalidations late and lost, sessions that end"]),
  ...all(
    "copy",
    "breaks",
    ["-DSTALE=1 -DNAIVE", "a secret that the copy does not hold is refused"],
    ["-DSTALE=1 -DMISS -DPROPS=8", "a superseded secret is answered from the copy"],
    ["-DSTALE=1 -DFROM_FILL", "a copy ages from when it was filled"],
    ["-DSTALE=1 -DBY_LOAD", "a write trusts what the copy said when it was loaded"],
  ),
]
