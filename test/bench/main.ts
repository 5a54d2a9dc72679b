/** Prints figures beside their targets. Nothing here passes or fails: a target that is missed is printed as missed. */
import './scopes.ts'
import './verify.ts'
import './floods.ts'
import './stores.ts'
import './audit.ts'
import './audit-log.ts'
import './erasure-indexes.ts'
import './blocks.ts'
