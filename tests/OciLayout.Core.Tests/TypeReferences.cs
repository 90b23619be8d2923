using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Reflection.Emit;

namespace OciLayout.Tests;

/// <summary>
/// Finds the types that a type refers to: in its declaration, in the signatures of its members, and in the instructions of their bodies.
/// Constants and <c>nameof</c> leave no trace in an assembly and are not found.
/// </summary>
internal sealed class TypeReferences
{
    private const BindingFlags Declared = BindingFlags.DeclaredOnly | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static;

    private static readonly Dictionary<int, OpCode> OpCodesByValue = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(f => (OpCode)f.GetValue(null)!).ToDictionary(o => (int)(ushort)o.Value);

    private readonly HashSet<Type> _found = [];

    private TypeReferences()
    {
    }

    /// <summary>Returns the types that a type refers to, without those of its nested types.</summary>
    public static IReadOnlyCollection<Type> Of(Type type)
    {
        var references = new TypeReferences();
        references.AddDeclaration(type);
        return references._found;
    }

    private void AddDeclaration(Type type)
    {
        Add(type.BaseType);
        foreach (var item in type.GetInterfaces()) Add(item);
        if (type.IsGenericTypeDefinition) foreach (var argument in type.GetGenericArguments()) AddConstraints(argument);
        AddAttributes(type);
        foreach (var field in type.GetFields(Declared))
        {
            Add(field.FieldType);
            AddAttributes(field);
        }

        foreach (var method in type.GetMethods(Declared).Cast<MethodBase>().Concat(type.GetConstructors(Declared)))
        {
            AddSignature(method);
            AddAttributes(method);
            if (method.IsGenericMethodDefinition) foreach (var argument in method.GetGenericArguments()) AddConstraints(argument);
            AddBody(method);
        }
    }

    private void AddConstraints(Type parameter)
    {
        foreach (var constraint in parameter.GetGenericParameterConstraints()) Add(constraint);
    }

    private void AddAttributes(MemberInfo member)
    {
        foreach (var attribute in member.GetCustomAttributesData()) Add(attribute.AttributeType);
    }

    private void AddSignature(MethodBase method)
    {
        if (method is MethodInfo { ReturnType: var result }) Add(result);
        foreach (var parameter in method.GetParameters()) Add(parameter.ParameterType);
        if (method.IsGenericMethod) foreach (var argument in method.GetGenericArguments()) Add(argument);
    }

    private void AddBody(MethodBase method)
    {
        if (method.GetMethodBody() is not { } body) return;
        foreach (var local in body.LocalVariables) Add(local.LocalType);
        foreach (var clause in body.ExceptionHandlingClauses.Where(c => c.Flags == ExceptionHandlingClauseOptions.Clause)) Add(clause.CatchType);
        var typeArguments = method.DeclaringType!.GetGenericArguments();
        var methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : [];
        foreach (var token in Tokens(body.GetILAsByteArray()!)) AddMember(method.Module.ResolveMember(token, typeArguments, methodArguments)!);
    }

    private void AddMember(MemberInfo member)
    {
        Add(member as Type ?? member.DeclaringType);
        if (member is FieldInfo field) Add(field.FieldType);
        if (member is MethodBase method) AddSignature(method);
    }

    private void Add(Type? type)
    {
        if (type is null || type.IsGenericParameter) return;
        if (type.HasElementType)
        {
            Add(type.GetElementType());
            return;
        }

        if (type.IsFunctionPointer) return;
        _found.Add(type.IsGenericType ? type.GetGenericTypeDefinition() : type);
        if (type.IsGenericType) foreach (var argument in type.GetGenericArguments()) Add(argument);
    }

    // Yields the operands that name a type, a field or a method (ECMA-335, partition III, 1.2).
    private static IEnumerable<int> Tokens(byte[] il)
    {
        for (var at = 0; at < il.Length;)
        {
            var opCode = il[at] == 0xFE ? OpCodesByValue[0xFE00 | il[at + 1]] : OpCodesByValue[il[at]];
            at += opCode.Size;
            var operand = il.AsSpan(at);
            if (opCode.OperandType is OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType)
                yield return BinaryPrimitives.ReadInt32LittleEndian(operand);
            at += opCode.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + 4 * BinaryPrimitives.ReadInt32LittleEndian(il.AsSpan(at)),
                _ => 4,
            };
        }
    }
}
