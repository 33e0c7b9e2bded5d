import { testTable } from "./testTable.ts"

testTable("fish")
