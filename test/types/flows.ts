/** What the compiler knows of flows and parents: their outputs, and wrong edges. Entered with them. */
export {}
