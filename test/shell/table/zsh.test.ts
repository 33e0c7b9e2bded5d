import { testTable } from "./testTable.ts"

testTable("zsh")
